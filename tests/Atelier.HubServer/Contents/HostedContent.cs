using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Atelier.Testing;

/// <summary>The bytes of a file on the hub, readable at any offset, with their ids computed once and only when asked for.</summary>
public abstract class HostedContent
{
    private const int CopySize = 128 * 1024;

    private readonly Lazy<string> _sha256;
    private readonly Lazy<string> _blobId;

    /// <summary>Creates content of a length.</summary>
    /// <param name="length">The number of bytes.</param>
    protected HostedContent(long length)
    {
        Length = length;
        _sha256 = new Lazy<string>(() => Hash(HashAlgorithmName.SHA256, []));
        _blobId = new Lazy<string>(() => Hash(HashAlgorithmName.SHA1, Encoding.ASCII.GetBytes($"blob {Length}\0")));
    }

    /// <summary>The number of bytes.</summary>
    public long Length { get; }

    /// <summary>The SHA-256 of the bytes, in lower-case hex: the id of an LFS file.</summary>
    public virtual string Sha256 => _sha256.Value;

    /// <summary>The git blob id, in lower-case hex: the id of a regular file.</summary>
    public virtual string BlobId => _blobId.Value;

    /// <summary>Content held in memory.</summary>
    /// <param name="bytes">The bytes; not copied.</param>
    /// <returns>The content.</returns>
    public static HostedContent Of(ReadOnlyMemory<byte> bytes) => new MemoryContent(bytes);

    /// <summary>Content held in memory: a text in UTF-8.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The content.</returns>
    public static HostedContent Of(string text) => new MemoryContent(Encoding.UTF8.GetBytes(text));

    /// <summary>The content of a file on disk, read when served.</summary>
    /// <param name="path">The file; it must stay as it is.</param>
    /// <returns>The content.</returns>
    public static HostedContent OfFile(string path) => new FileContent(path);

    /// <summary>Content of any size that needs no memory: bytes that look random, are the same on every run, and differ between seeds.</summary>
    /// <param name="length">The number of bytes.</param>
    /// <param name="seed">Which content.</param>
    /// <returns>The content.</returns>
    public static HostedContent Virtual(long length, int seed = 0) => new PatternContent(length, seed);

    /// <summary>Reads bytes at an offset.</summary>
    /// <param name="offset">Where to begin.</param>
    /// <param name="destination">Where the bytes go.</param>
    /// <returns>How many were read; 0 only at the end.</returns>
    public abstract int Read(long offset, Span<byte> destination);

    /// <summary>Hands the bytes on in pieces, in order.</summary>
    /// <param name="sink">Takes each piece, which is valid until it returns.</param>
    /// <returns>A task that ends after the last piece.</returns>
    public Task CopyToAsync(Func<ReadOnlyMemory<byte>, ValueTask> sink) => CopyToAsync(0, Length, sink);

    /// <summary>The whole content as one array.</summary>
    /// <returns>The bytes.</returns>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        for (var done = 0; done < bytes.Length;)
        {
            var count = Read(done, bytes.AsSpan(done));
            ObjectDisposedException.ThrowIf(count == 0, this);
            done += count;
        }

        return bytes;
    }

    /// <summary>Hands a part of the bytes on in pieces, in order.</summary>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="length">How long it is.</param>
    /// <param name="sink">Takes each piece, which is valid until it returns.</param>
    /// <returns>A task that ends after the last piece.</returns>
    internal virtual async Task CopyToAsync(long offset, long length, Func<ReadOnlyMemory<byte>, ValueTask> sink)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(CopySize);
        try
        {
            for (var end = offset + length; offset < end;)
            {
                var count = Read(offset, buffer.AsSpan(0, (int)Math.Min(CopySize, end - offset)));
                ObjectDisposedException.ThrowIf(count == 0, this);
                await sink(buffer.AsMemory(0, count));
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private string Hash(HashAlgorithmName algorithm, byte[] prefix)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        hash.AppendData(prefix);
        var buffer = new byte[CopySize];
        for (long offset = 0; offset < Length;)
        {
            var count = Read(offset, buffer);
            hash.AppendData(buffer, 0, count);
            offset += count;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
