using System.Buffers;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Computes the ids of what is uploaded, reading each file once.</summary>
internal static class FileHasher
{
    /// <summary>The bytes of a content's beginning by which the hub judges what it is.</summary>
    public const int SampleByteCount = 512;

    private const int BufferSize = 1 << 20;

    // Only the length of an id says which kind it is.
    private static readonly string AnySha256 = new('0', 64);

    /// <summary>Hashes all items that need it, several at a time.</summary>
    /// <param name="items">The items.</param>
    /// <param name="observer">Hears how far it is.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>The items with their ids, in the same order.</returns>
    public static async Task<IReadOnlyList<UploadItem>> HashAsync(IReadOnlyList<UploadItem> items, IHubObserver observer, CancellationToken cancellation)
    {
        var hashed = items.ToArray();
        var (done, all) = (0L, items.Where(item => !item.IsIgnored).Sum(item => item.Source.ByteCount));
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Min(4, Environment.ProcessorCount), CancellationToken = cancellation };
        await Parallel.ForAsync(0, hashed.Length, options, async (index, stop) =>
        {
            if (!hashed[index].IsIgnored)
            {
                hashed[index] = hashed[index] with { ContentId = await HashAsync(hashed[index], Advance, stop).ConfigureAwait(false) };
            }
        }).ConfigureAwait(false);
        return hashed;

        void Advance(int byteCount) => observer.HashingAdvanced(Interlocked.Add(ref done, byteCount), all);
    }

    /// <summary>Reads a content's beginning.</summary>
    /// <param name="source">The content.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>At most <see cref="SampleByteCount"/> bytes.</returns>
    public static async Task<byte[]> SampleAsync(UploadSource source, CancellationToken cancellation)
    {
        using var reader = source.Open();
        var sample = new byte[Math.Min(SampleByteCount, source.ByteCount)];
        await reader.ReadAsync(0, sample, cancellation).ConfigureAwait(false);
        return sample;
    }

    private static async Task<string> HashAsync(UploadItem item, Action<int> advance, CancellationToken cancellation)
    {
        using var reader = item.Source.Open();
        var byteCount = item.Source.ByteCount;
        using var hash = new ContentHash(item.IsLarge ? AnySha256 : ContentHash.Empty, byteCount);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferSize, Math.Max(byteCount, 1)));
        try
        {
            for (long offset = 0; offset < byteCount;)
            {
                var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, byteCount - offset));
                await reader.ReadAsync(offset, part, cancellation).ConfigureAwait(false);
                hash.Append(part.Span);
                offset += part.Length;
                advance(part.Length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        reader.Check();
        return hash.Finish();
    }
}
