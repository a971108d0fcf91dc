namespace Atelier.Testing;

/// <summary>Content held in memory.</summary>
internal sealed class MemoryContent(ReadOnlyMemory<byte> bytes) : HostedContent(bytes.Length)
{
    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination)
    {
        var part = bytes.Span[(int)offset..];
        part = part[..Math.Min(part.Length, destination.Length)];
        part.CopyTo(destination);
        return part.Length;
    }

    /// <inheritdoc/>
    internal override async Task CopyToAsync(long offset, long length, Func<ReadOnlyMemory<byte>, ValueTask> sink)
    {
        if (length > 0)
        {
            await sink(bytes.Slice((int)offset, (int)length));
        }
    }
}
