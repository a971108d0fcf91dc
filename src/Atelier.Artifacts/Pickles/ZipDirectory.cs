using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Pickles;

/// <summary>Reads where the entries of a zip file lie, so that those that are stored as they are can be used in place.</summary>
/// <remarks>
/// .NET's own reader does not tell that. Source: PKWARE's APPNOTE 6.3.10, sections 4.3.6 to 4.5.3. As PyTorch writes no comment after the directory, the record that ends it
/// is at the file's end and nowhere else.
/// </remarks>
internal sealed class ZipDirectory
{
    private const long MaximumByteCount = 100_000_000;
    private const int EndByteCount = 22;
    private const int LocatorByteCount = 20;
    private const int WideEndByteCount = 56;
    private const int RecordByteCount = 46;
    private const int HeaderByteCount = 30;
    private const int WideFieldId = 1;
    private const int EncryptedFlag = 1;

    private readonly MappedFile _file;
    private readonly string _fileName;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);
    private readonly long _start;

    private ZipDirectory(MappedFile file, string fileName)
    {
        _file = file;
        _fileName = fileName;
        var (count, byteCount, start) = ReadEnd();
        if (byteCount > (ulong)file.ByteCount || start > (ulong)file.ByteCount - byteCount)
        {
            Fail("its directory lies outside the file");
        }

        if (byteCount > MaximumByteCount || count > byteCount / RecordByteCount)
        {
            Fail($"its directory claims {count} entries in {byteCount} bytes");
        }

        _start = (long)start;
        ReadEntries(file.Span(_start, (long)byteCount), (int)count);
    }

    /// <summary>The names of all entries.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>Reads the directory of a zip file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="fileName">What error messages call it.</param>
    /// <returns>The directory.</returns>
    /// <exception cref="TensorFileException">The directory is missing or malformed.</exception>
    public static ZipDirectory Read(MappedFile file, string fileName) => new(file, fileName);

    /// <summary>Finds the bytes of an entry.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Where they begin and how many there are, all in the file; null where there is no such entry.</returns>
    /// <exception cref="TensorFileException">The entry is compressed or encrypted, or its header is not where the directory says or says otherwise.</exception>
    public (long Offset, long ByteCount)? Find(string name)
    {
        if (!_entries.TryGetValue(name, out var entry))
        {
            return null;
        }

        var shown = TensorFileException.Shown(name);
        if (entry.Method != 0 || entry.StoredByteCount != entry.ByteCount || (entry.Flags & EncryptedFlag) != 0)
        {
            Fail($"its entry '{shown}' is compressed or encrypted, which PyTorch's files never are");
        }

        if (entry.HeaderOffset > (ulong)_start || (long)entry.HeaderOffset > _start - HeaderByteCount)
        {
            Fail($"its entry '{shown}' lies outside the file");
        }

        var header = _file.Span((long)entry.HeaderOffset, HeaderByteCount);
        var nameByteCount = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        var headerByteCount = HeaderByteCount + nameByteCount + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        var offset = (long)entry.HeaderOffset + headerByteCount;
        if (!header.StartsWith("PK\u0003\u0004"u8) || !_file.Span((long)entry.HeaderOffset + HeaderByteCount, nameByteCount).SequenceEqual(Encoding.UTF8.GetBytes(name)))
        {
            Fail($"its entry '{shown}' is not where its directory says");
        }

        if (offset > _start || entry.ByteCount > (ulong)(_start - offset))
        {
            Fail($"its entry '{shown}' does not end before its directory: the file is damaged");
        }

        return (offset, (long)entry.ByteCount);
    }

    private (ulong Count, ulong ByteCount, ulong Start) ReadEnd()
    {
        var place = _file.ByteCount - EndByteCount;
        if (place < 0 || _file.Span(place, EndByteCount) is var end && !(end.StartsWith("PK\u0005\u0006"u8) && end[20] == 0 && end[21] == 0))
        {
            Fail("it does not end with a zip file's directory: the file is truncated or damaged");
            return default;
        }

        var (count, byteCount, start) = (BinaryPrimitives.ReadUInt16LittleEndian(end[10..]), BinaryPrimitives.ReadUInt32LittleEndian(end[12..]), BinaryPrimitives.ReadUInt32LittleEndian(end[16..]));
        return count == ushort.MaxValue || byteCount == uint.MaxValue || start == uint.MaxValue ? ReadWideEnd(place - LocatorByteCount) : (count, byteCount, start);
    }

    private (ulong Count, ulong ByteCount, ulong Start) ReadWideEnd(long locator)
    {
        if (locator >= WideEndByteCount && _file.Span(locator, LocatorByteCount) is var location && location.StartsWith("PK\u0006\u0007"u8)
            && BinaryPrimitives.ReadUInt64LittleEndian(location[8..]) is var place && place <= (ulong)(locator - WideEndByteCount)
            && _file.Span((long)place, WideEndByteCount) is var end && end.StartsWith("PK\u0006\u0006"u8))
        {
            return (BinaryPrimitives.ReadUInt64LittleEndian(end[32..]), BinaryPrimitives.ReadUInt64LittleEndian(end[40..]), BinaryPrimitives.ReadUInt64LittleEndian(end[48..]));
        }

        Fail("the record of its directory for large files is missing");
        return default;
    }

    private void ReadEntries(ReadOnlySpan<byte> directory, int count)
    {
        for (var index = 0; index < count; index++)
        {
            if (directory.Length < RecordByteCount || !directory.StartsWith("PK\u0001\u0002"u8))
            {
                Fail($"record {index} of its directory is malformed");
            }

            var (nameByteCount, extraByteCount) = (BinaryPrimitives.ReadUInt16LittleEndian(directory[28..]), BinaryPrimitives.ReadUInt16LittleEndian(directory[30..]));
            var byteCount = RecordByteCount + nameByteCount + extraByteCount + BinaryPrimitives.ReadUInt16LittleEndian(directory[32..]);
            if (byteCount > directory.Length || !Utf8.IsValid(directory.Slice(RecordByteCount, nameByteCount)))
            {
                Fail($"record {index} of its directory is malformed");
            }

            var entry = Entry(directory[..byteCount], nameByteCount, extraByteCount);
            if (!_entries.TryAdd(entry.Name, entry))
            {
                Fail($"it holds the entry '{TensorFileException.Shown(entry.Name)}' twice");
            }

            directory = directory[byteCount..];
        }
    }

    private ZipEntry Entry(ReadOnlySpan<byte> record, int nameByteCount, int extraByteCount)
    {
        var name = Encoding.UTF8.GetString(record.Slice(RecordByteCount, nameByteCount));
        var wide = WideField(record.Slice(RecordByteCount + nameByteCount, extraByteCount));
        var byteCount = Wide(ref wide, BinaryPrimitives.ReadUInt32LittleEndian(record[24..]), name);
        var storedByteCount = Wide(ref wide, BinaryPrimitives.ReadUInt32LittleEndian(record[20..]), name);
        var headerOffset = Wide(ref wide, BinaryPrimitives.ReadUInt32LittleEndian(record[42..]), name);
        return new ZipEntry(name, BinaryPrimitives.ReadUInt16LittleEndian(record[8..]), BinaryPrimitives.ReadUInt16LittleEndian(record[10..]), byteCount, storedByteCount, headerOffset);
    }

    // A number that does not fit in 32 bits is all ones, and stands in 64 bits among the extra fields, in this order.
    private ulong Wide(ref ReadOnlySpan<byte> wide, uint number, string name)
    {
        if (number != uint.MaxValue)
        {
            return number;
        }

        if (!BinaryPrimitives.TryReadUInt64LittleEndian(wide, out var value))
        {
            Fail($"a number of its entry '{TensorFileException.Shown(name)}' is missing");
        }

        wide = wide[sizeof(ulong)..];
        return value;
    }

    private static ReadOnlySpan<byte> WideField(ReadOnlySpan<byte> extra)
    {
        const int prefix = 4;
        while (extra.Length >= prefix && BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]) is var length && length <= extra.Length - prefix)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == WideFieldId)
            {
                return extra.Slice(prefix, length);
            }

            extra = extra[(prefix + length)..];
        }

        return [];
    }

    [DoesNotReturn]
    private void Fail(string problem) => throw new TensorFileException(_fileName, tensorName: null, $"{problem}.");
}
