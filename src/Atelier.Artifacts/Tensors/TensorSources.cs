namespace Atelier.Artifacts.Tensors;

/// <summary>Looks tensors up and reads them, in any <see cref="ITensorSource"/>.</summary>
public static class TensorSources
{
    private const int StreamChunkByteCount = 1 << 20;

    /// <summary>Refuses an entry of another file, which could point outside this one's memory.</summary>
    internal static void RequireOwn(this ITensorSource source, TensorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (!source.Entries.TryGetValue(entry.Name, out var own) || !own.Equals(entry))
        {
            throw new ArgumentException($"'{entry.Name}' is not a tensor of {source.FileName}.", nameof(entry));
        }
    }

    /// <summary>Finds a tensor that must be there.</summary>
    /// <param name="source">Where to look.</param>
    /// <param name="name">The tensor's name.</param>
    /// <returns>Its entry.</returns>
    /// <exception cref="TensorFileException">There is no tensor of that name.</exception>
    public static TensorEntry Entry(this ITensorSource source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(name);
        return source.Entries.TryGetValue(name, out var entry)
            ? entry
            : throw new TensorFileException(source.FileName, name, "there is no tensor of this name.");
    }

    /// <summary>Gives a tensor's bytes without copying them.</summary>
    /// <param name="source">The source that holds the tensor.</param>
    /// <param name="entry">The tensor, of at most <see cref="int.MaxValue"/> bytes.</param>
    /// <returns>The bytes, owned by the source and valid until it is disposed.</returns>
    /// <exception cref="ArgumentException">The tensor is longer than a span can be, or not one of this source's.</exception>
    /// <exception cref="ObjectDisposedException">The source is disposed.</exception>
    public static ReadOnlySpan<byte> Bytes(this ITensorSource source, TensorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.ByteCount <= int.MaxValue
            ? source.Bytes(entry, 0, (int)entry.ByteCount)
            : throw new ArgumentException($"'{entry.Name}' has {entry.ByteCount} bytes, more than one span can hold: read it in parts.", nameof(entry));
    }

    /// <summary>Gives a part of a tensor's bytes without copying them; for tensors of any length.</summary>
    /// <param name="source">The source that holds the tensor.</param>
    /// <param name="entry">The tensor.</param>
    /// <param name="start">Where the part begins, in bytes from the tensor's first.</param>
    /// <param name="byteCount">How long the part is, in bytes.</param>
    /// <returns>The bytes, owned by the source and valid until it is disposed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The part does not lie inside the tensor.</exception>
    /// <exception cref="ArgumentException">The tensor is not one of this source's.</exception>
    /// <exception cref="ObjectDisposedException">The source is disposed.</exception>
    public static unsafe ReadOnlySpan<byte> Bytes(this ITensorSource source, TensorEntry entry, long start, int byteCount)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(byteCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, entry.ByteCount - byteCount);
        return new ReadOnlySpan<byte>(source.Locate(entry) + start, byteCount);
    }

    /// <summary>Copies a tensor's bytes.</summary>
    /// <param name="source">The source that holds the tensor.</param>
    /// <param name="entry">The tensor.</param>
    /// <param name="destination">Takes the bytes; at least as long as the tensor.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short, or the tensor is not one of this source's.</exception>
    /// <exception cref="ObjectDisposedException">The source is disposed.</exception>
    public static void CopyTo(this ITensorSource source, TensorEntry entry, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (destination.Length < entry.ByteCount)
        {
            throw new ArgumentException($"'{entry.Name}' has {entry.ByteCount} bytes, the destination {destination.Length}.", nameof(destination));
        }

        source.Bytes(entry).CopyTo(destination);
    }

    /// <summary>Copies a tensor's bytes, of any length, to a stream.</summary>
    /// <param name="source">The source that holds the tensor.</param>
    /// <param name="entry">The tensor.</param>
    /// <param name="destination">Takes the bytes.</param>
    /// <exception cref="ArgumentException">The tensor is not one of this source's.</exception>
    /// <exception cref="ObjectDisposedException">The source is disposed.</exception>
    public static void CopyTo(this ITensorSource source, TensorEntry entry, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(destination);
        for (var start = 0L; start < entry.ByteCount; start += StreamChunkByteCount)
        {
            destination.Write(source.Bytes(entry, start, (int)Math.Min(StreamChunkByteCount, entry.ByteCount - start)));
        }
    }
}
