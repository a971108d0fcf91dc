using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Text.Unicode;
using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Safetensors;

/// <summary>
/// Holds the validated header of a safetensors file: which tensors it has, where their bytes lie, and its metadata.
/// </summary>
/// <remarks>
/// A header that parses is safe to use: every entry lies inside the file, has the length that its shape demands, and together the entries
/// cover the data without overlap or gap. Memory taken while parsing is bounded by the bytes of the header that are really there,
/// whatever they claim.
/// </remarks>
public sealed class SafetensorsHeader
{
    /// <summary>The longest header that is accepted, in bytes; the reference library has the same limit.</summary>
    public const int MaximumByteCount = 100_000_000;

    /// <summary>How many bytes at a file's start hold the header's length.</summary>
    public const int LengthByteCount = sizeof(ulong);

    private SafetensorsHeader(
        IReadOnlyDictionary<string, TensorEntry> entries, IReadOnlyDictionary<string, string> metadata, long dataOffset, long fileByteCount)
    {
        Entries = entries;
        Metadata = metadata;
        DataOffset = dataOffset;
        FileByteCount = fileByteCount;
    }

    /// <summary>Gives the tensors by name, in the order of their bytes in the file.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Gives the texts that the file's author attached; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Gives where the tensors' bytes begin, counted from the start of the file.</summary>
    public long DataOffset { get; }

    /// <summary>Gives the length of the whole file.</summary>
    public long FileByteCount { get; }

    /// <summary>Parses and validates the header of a file of which all bytes are at hand.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="fileName">What error messages call the file.</param>
    /// <returns>The header.</returns>
    /// <exception cref="TensorFileException">The file is not a sound safetensors file.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> file, string fileName) => Parse(file, file.Length, fileName);

    /// <summary>Parses and validates the header of a file of which the beginning is at hand.</summary>
    /// <param name="start">
    /// The first bytes of the file: all of it, or at least <see cref="LengthByteCount"/> + <see cref="MaximumByteCount"/> bytes,
    /// or, if its length is known, at least the header and what precedes it.
    /// </param>
    /// <param name="fileByteCount">The length of the whole file.</param>
    /// <param name="fileName">What error messages call the file.</param>
    /// <returns>The header.</returns>
    /// <exception cref="TensorFileException">The file is not a sound safetensors file.</exception>
    /// <exception cref="ArgumentException"><paramref name="start"/> ends inside the header although the file does not, or is longer than the file.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> start, long fileByteCount, string fileName)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        ArgumentOutOfRangeException.ThrowIfLessThan(fileByteCount, start.Length);

        var json = Cut(start, fileByteCount, fileName);
        var dataOffset = LengthByteCount + json.Length;
        var reader = new HeaderReader(json, fileName);
        var declared = reader.Read();
        var entries = Place(declared, dataOffset, fileByteCount, fileName);
        return new SafetensorsHeader(new ReadOnlyDictionary<string, TensorEntry>(entries), reader.Metadata.AsReadOnly(), dataOffset, fileByteCount);
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> start, long fileByteCount, string fileName)
    {
        if (fileByteCount < LengthByteCount)
        {
            throw new TensorFileException(fileName, tensorName: null, $"the file is truncated: {fileByteCount} bytes, too few for the header's length.");
        }

        if (start.Length < LengthByteCount)
        {
            throw new ArgumentException("Ends before the header does.", nameof(start));
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaximumByteCount)
        {
            throw new TensorFileException(fileName, tensorName: null, $"the header claims {length} bytes; at most {MaximumByteCount} are accepted.");
        }

        var byteCount = (int)length;
        if (byteCount > fileByteCount - LengthByteCount)
        {
            throw new TensorFileException(
                fileName, tensorName: null, $"the header claims {byteCount} bytes, but only {fileByteCount - LengthByteCount} follow: the file is truncated or damaged.");
        }

        if (byteCount > start.Length - LengthByteCount)
        {
            throw new ArgumentException("Ends before the header does.", nameof(start));
        }

        var json = start.Slice(LengthByteCount, byteCount);
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw new TensorFileException(fileName, tensorName: null, "the header does not start with '{'.");
        }

        if (!Utf8.IsValid(json))
        {
            throw new TensorFileException(fileName, tensorName: null, "the header is not valid UTF-8.");
        }

        return json;
    }

    /// <summary>Turns declared byte ranges into places in the file and checks that they tile the data exactly.</summary>
    private static OrderedDictionary<string, TensorEntry> Place(
        Dictionary<string, DeclaredTensor> declared, long dataOffset, long fileByteCount, string fileName)
    {
        var dataByteCount = fileByteCount - dataOffset;
        var entries = new OrderedDictionary<string, TensorEntry>(declared.Count, StringComparer.Ordinal);
        var end = 0L;
        string? previous = null;
        foreach (var (name, tensor) in declared.OrderBy(static pair => pair.Value.Begin).ThenBy(static pair => pair.Value.End))
        {
            if (tensor.End > dataByteCount)
            {
                throw new TensorFileException(
                    fileName, name, $"its bytes {tensor.Begin} to {tensor.End} end after the file's {dataByteCount} data bytes: the file is truncated or damaged.");
            }

            if (tensor.Begin < end)
            {
                throw new TensorFileException(
                    fileName, name, $"its bytes {tensor.Begin} to {tensor.End} overlap those of '{TensorFileException.Shown(previous!)}', which end at {end}.");
            }

            if (tensor.Begin > end)
            {
                throw new TensorFileException(fileName, name, $"its bytes begin at {tensor.Begin}, leaving a hole: the bytes before it end at {end}.");
            }

            entries.Add(name, new TensorEntry(name, tensor.Type, tensor.Shape, dataOffset + tensor.Begin, tensor.End - tensor.Begin));
            end = tensor.End;
            previous = name;
        }

        return end == dataByteCount
            ? entries
            : throw new TensorFileException(fileName, previous, $"the tensors' bytes end at {end}, leaving a hole: the file has {dataByteCount} data bytes.");
    }

    /// <summary>What a header says of one tensor; the range is counted from the start of the data and is as long as the shape demands.</summary>
    internal readonly record struct DeclaredTensor(ElementType Type, ImmutableArray<long> Shape, long Begin, long End);
}
