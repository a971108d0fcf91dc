using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Safetensors;

/// <summary>Writes safetensors files.</summary>
/// <remarks>
/// The same tensors give the same bytes, whatever their order: as in the reference library they are laid out by descending
/// <see cref="ElementType"/>, then by the bytes of their names, and the header is padded with spaces to a multiple of 8 bytes, so that every
/// tensor is aligned to its element. Metadata is written in the ordinal order of its keys (the reference library leaves that order open).
/// </remarks>
public static class SafetensorsWriter
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonWriterOptions HeaderOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file whole or not at all.</summary>
    /// <remarks>
    /// The bytes go to a temporary name in the same folder and are flushed to the disk before the file gets its name. When anything fails,
    /// the temporary file is deleted, and a file that had the name before is left as it was.
    /// </remarks>
    /// <param name="path">The file, in a folder that exists; a file that exists is replaced.</param>
    /// <param name="tensors">The tensors, with distinct names, in any order.</param>
    /// <param name="metadata">Texts to attach, or null for none.</param>
    /// <exception cref="TensorFileException">A tensor's name, shape or bytes can't be stored, or the header is longer than any reader accepts.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string path, IEnumerable<TensorContent> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);

        var layout = Arrange(tensors, path);
        var header = Header(layout, metadata, path);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (var (content, entry) in layout)
            {
                WriteTensor(stream, content, entry, path);
            }
        });
    }

    private static void WriteTensor(Stream stream, TensorContent content, TensorEntry entry, string path)
    {
        using var target = new TensorStream(stream, entry, path);
        content.WriteTo(target);
        if (target.MissingByteCount > 0)
        {
            throw new TensorFileException(
                path, entry.Name, $"{entry.ByteCount - target.MissingByteCount} bytes were written instead of the {entry.ByteCount} that its shape takes.");
        }
    }

    /// <summary>Checks the tensors and gives each its place; here <see cref="TensorEntry.ByteOffset"/> is counted from the start of the data.</summary>
    private static List<(TensorContent Content, TensorEntry Entry)> Arrange(IEnumerable<TensorContent> tensors, string path)
    {
        var named = new Dictionary<string, (TensorContent Content, byte[] SortKey)>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (string.Equals(tensor.Name, HeaderReader.MetadataKey, StringComparison.Ordinal))
            {
                throw new TensorFileException(path, tensor.Name, "this name is reserved for the metadata.");
            }

            if (!named.TryAdd(tensor.Name, (tensor, Encode(tensor.Name, path, tensor.Name))))
            {
                throw new TensorFileException(path, tensor.Name, "two tensors have this name.");
            }
        }

        var layout = new List<(TensorContent, TensorEntry)>(named.Count);
        var end = 0L;
        foreach (var (content, _) in named.Values
            .OrderByDescending(static tensor => tensor.Content.ElementType)
            .ThenBy(static tensor => tensor.SortKey, Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right))))
        {
            var byteCount = Measure(content, path);
            if (byteCount > long.MaxValue - end)
            {
                throw new TensorFileException(path, content.Name, "the file would have more bytes than 63 bits can count.");
            }

            layout.Add((content, new TensorEntry(content.Name, content.ElementType, content.Shape, end, byteCount)));
            end += byteCount;
        }

        return layout;
    }

    private static long Measure(TensorContent content, string path)
    {
        if (TensorExtent.Measure(content.ElementType, content.Shape.AsSpan(), out var byteCount) is { } problem)
        {
            throw new TensorFileException(path, content.Name, problem);
        }

        return content.KnownByteCount is { } known && known != byteCount
            ? throw new TensorFileException(path, content.Name, $"{known} bytes were given instead of the {byteCount} that its shape takes.")
            : byteCount;
    }

    private static byte[] Header(
        List<(TensorContent Content, TensorEntry Entry)> layout, IReadOnlyDictionary<string, string>? metadata, string path)
    {
        RequireAccepted(metadata?.Sum(static pair => (long)pair.Key.Length + pair.Value.Length) ?? 0, path); // before memory is spent on it
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write(stackalloc byte[SafetensorsHeader.LengthByteCount]); // the length, set at the end
        using (var json = new Utf8JsonWriter(buffer, HeaderOptions))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata, path);
            foreach (var (_, entry) in layout)
            {
                WriteEntry(json, entry);
            }

            json.WriteEndObject();
        }

        while (buffer.WrittenCount % SafetensorsHeader.LengthByteCount != 0)
        {
            buffer.Write(" "u8);
        }

        var header = buffer.WrittenSpan.ToArray();
        var byteCount = header.Length - SafetensorsHeader.LengthByteCount;
        RequireAccepted(byteCount, path);
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)byteCount);
        return header;
    }

    private static void RequireAccepted(long headerByteCount, string path)
    {
        if (headerByteCount > SafetensorsHeader.MaximumByteCount)
        {
            throw new TensorFileException(
                path, tensorName: null, $"the header would have {headerByteCount} bytes or more; readers accept at most {SafetensorsHeader.MaximumByteCount}.");
        }
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata, string path)
    {
        if (metadata is null)
        {
            return;
        }

        json.WriteStartObject(HeaderReader.MetadataKey);
        foreach (var (key, value) in metadata.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteString(Encode(key, path, tensorName: null), Encode(value, path, tensorName: null));
        }

        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, TensorEntry entry)
    {
        json.WriteStartObject(entry.Name);
        json.WriteString("dtype"u8, entry.ElementType.WrittenName());
        json.WriteStartArray("shape"u8);
        foreach (var extent in entry.Shape)
        {
            json.WriteNumberValue(extent);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets"u8);
        json.WriteNumberValue(entry.ByteOffset);
        json.WriteNumberValue(entry.ByteOffset + entry.ByteCount);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static byte[] Encode(string text, string path, string? tensorName)
    {
        try
        {
            return StrictUtf8.GetBytes(text);
        }
        catch (EncoderFallbackException exception)
        {
            throw new TensorFileException(path, tensorName, $"the text '{TensorFileException.Shown(text)}' is not valid Unicode.", exception);
        }
    }
}
