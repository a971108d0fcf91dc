using System.Collections.Concurrent;

namespace Atelier.Testing;

/// <summary>
/// Content of any size that needs no memory: one block of random-looking bytes, repeated. The block's length is a prime,
/// so that parts put together at a wrong place, which are usually off by a power of two, give other bytes.
/// </summary>
internal sealed class PatternContent(long length, int seed) : HostedContent(length)
{
    private const int BlockLength = 1_048_583;
    private const int PieceLength = 256 * 1024;

    // Hashing gigabytes takes seconds: tests that use the same content share its ids.
    private static readonly ConcurrentDictionary<(long Length, int Seed), Lazy<string>> Hashes = new();
    private static readonly ConcurrentDictionary<int, byte[]> Blocks = new();

    private readonly byte[] _block = Blocks.GetOrAdd(seed, MakeBlock);

    /// <inheritdoc/>
    public override string Sha256 => Hashes.GetOrAdd((Length, seed), _ => new Lazy<string>(() => base.Sha256)).Value;

    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination)
    {
        var piece = Piece(offset, (int)Math.Min(destination.Length, Length - offset));
        piece.Span.CopyTo(destination);
        return piece.Length;
    }

    /// <inheritdoc/>
    internal override async Task CopyToAsync(long offset, long length, Func<ReadOnlyMemory<byte>, ValueTask> sink)
    {
        for (var end = offset + length; offset < end;)
        {
            var piece = Piece(offset, (int)Math.Min(PieceLength, end - offset));
            await sink(piece);
            offset += piece.Length;
        }
    }

    private static byte[] MakeBlock(int seed)
    {
        var block = new byte[BlockLength];
        new Random(seed).NextBytes(block);
        return block;
    }

    private ReadOnlyMemory<byte> Piece(long offset, int length)
    {
        var start = (int)(offset % BlockLength);
        return _block.AsMemory(start, Math.Min(length, BlockLength - start));
    }
}
