namespace Atelier.Testing;

/// <summary>Contents one after the other: a body that is too long, or an object that was uploaded in parts.</summary>
internal sealed class JoinedContent(params IReadOnlyList<HostedContent> parts) : HostedContent(parts.Sum(static part => part.Length))
{
    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination)
    {
        foreach (var part in parts)
        {
            if (offset < part.Length)
            {
                return part.Read(offset, destination[..(int)Math.Min(destination.Length, part.Length - offset)]);
            }

            offset -= part.Length;
        }

        return 0;
    }
}
