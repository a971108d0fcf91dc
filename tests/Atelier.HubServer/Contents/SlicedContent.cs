namespace Atelier.Testing;

/// <summary>A part of other content, which a range asked for or a fault leaves over.</summary>
internal sealed class SlicedContent(HostedContent whole, long start, long length) : HostedContent(length)
{
    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination) =>
        whole.Read(start + offset, destination[..(int)Math.Min(destination.Length, Length - offset)]);

    /// <inheritdoc/>
    internal override Task CopyToAsync(long offset, long length, Func<ReadOnlyMemory<byte>, ValueTask> sink) => whole.CopyToAsync(start + offset, length, sink);
}
