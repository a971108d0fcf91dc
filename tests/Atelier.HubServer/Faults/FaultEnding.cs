namespace Atelier.Testing;

/// <summary>How a fault ends the connection.</summary>
internal enum FaultEnding
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>With a TCP reset.</summary>
    Reset,

    /// <summary>As if the answer were complete.</summary>
    Close,
}
