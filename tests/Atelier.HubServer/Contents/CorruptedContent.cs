namespace Atelier.Testing;

/// <summary>Other content with one byte inverted: same length, another hash.</summary>
internal sealed class CorruptedContent(HostedContent original, long position) : HostedContent(original.Length)
{
    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination)
    {
        var count = original.Read(offset, destination);
        if (position >= offset && position < offset + count)
        {
            destination[(int)(position - offset)] ^= 0xFF;
        }

        return count;
    }
}
