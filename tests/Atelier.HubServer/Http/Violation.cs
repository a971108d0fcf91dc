namespace Atelier.Testing;

/// <summary>Something that a client must not do, and did.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Request">The request.</param>
/// <param name="Detail">More about it.</param>
public sealed record Violation(ViolationKind Kind, ReceivedRequest Request, string Detail)
{
    /// <summary>One line, for messages of failed assertions.</summary>
    /// <returns>The kind, the detail and the request.</returns>
    public override string ToString() => $"{Kind}: {Detail} [{Request}]";
}
