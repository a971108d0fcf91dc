using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Atelier.Tests.Shared;

/// <summary>Writes zip files as PyTorch does: entries as they are, lengths only in the directory, data at multiples of 64. Everything in the directory can be made wrong.</summary>
internal sealed class ZipWriter(bool isWide = false)
{
    private const int Alignment = 64;

    private readonly ArrayBufferWriter<byte> _file = new();
    private readonly ArrayBufferWriter<byte> _directory = new();
    private int _count;

    public void Add(string name, ReadOnlySpan<byte> bytes, ushort method = 0, ushort flags = 0x0808, uint? byteCount = null, uint? headerOffset = null)
    {
        var offset = (uint)_file.WrittenCount;
        var nameBytes = Encoding.UTF8.GetBytes(name);
        var padding = (Alignment - (int)((_file.WrittenCount + 34 + nameBytes.Length) % Alignment)) % Alignment;
        _file.Write("PK\u0003\u0004"u8);
        Numbers(_file, [0, flags, method, 0, 0, 0, 0, 0, 0, 0, 0, (ushort)nameBytes.Length, (ushort)(padding + 4)]);
        _file.Write(nameBytes);
        Numbers(_file, [0x4246, (ushort)padding]);
        _file.Write(new byte[padding]);
        _file.Write(bytes);

        _directory.Write("PK\u0001\u0002"u8);
        Numbers(_directory, [0, 0, flags, method, 0, 0, 0, 0]);
        Number(_directory, isWide ? uint.MaxValue : byteCount ?? (uint)bytes.Length);
        Number(_directory, isWide ? uint.MaxValue : byteCount ?? (uint)bytes.Length);
        Numbers(_directory, [(ushort)nameBytes.Length, (ushort)(isWide ? 28 : 0), 0, 0, 0, 0, 0]);
        Number(_directory, isWide ? uint.MaxValue : headerOffset ?? offset);
        _directory.Write(nameBytes);
        if (isWide)
        {
            Numbers(_directory, [1, 24]);
            Long(_directory, byteCount ?? (uint)bytes.Length);
            Long(_directory, byteCount ?? (uint)bytes.Length);
            Long(_directory, headerOffset ?? offset);
        }

        _count++;
    }

    public byte[] End(int? count = null, uint? directoryOffset = null)
    {
        var offset = _file.WrittenCount;
        _file.Write(_directory.WrittenSpan);
        if (isWide)
        {
            var place = _file.WrittenCount;
            _file.Write("PK\u0006\u0006"u8);
            Long(_file, 44);
            Numbers(_file, [0x031E, 45, 0, 0, 0, 0]);
            Long(_file, count ?? _count);
            Long(_file, count ?? _count);
            Long(_file, _directory.WrittenCount);
            Long(_file, directoryOffset ?? (uint)offset);
            _file.Write("PK\u0006\u0007"u8);
            Number(_file, 0);
            Long(_file, place);
            Number(_file, 1);
        }

        _file.Write("PK\u0005\u0006"u8);
        Numbers(_file, [0, 0, (ushort)(isWide ? ushort.MaxValue : count ?? _count), (ushort)(isWide ? ushort.MaxValue : count ?? _count)]);
        Number(_file, isWide ? uint.MaxValue : (uint)_directory.WrittenCount);
        Number(_file, isWide ? uint.MaxValue : directoryOffset ?? (uint)offset);
        Numbers(_file, [0]);
        return _file.WrittenSpan.ToArray();
    }

    private static void Numbers(ArrayBufferWriter<byte> bytes, ReadOnlySpan<ushort> numbers)
    {
        Span<byte> two = stackalloc byte[sizeof(ushort)];
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(two, number);
            bytes.Write(two);
        }
    }

    private static void Number(ArrayBufferWriter<byte> bytes, uint number) => Numbers(bytes, [(ushort)number, (ushort)(number >> 16)]);

    private static void Long(ArrayBufferWriter<byte> bytes, long number)
    {
        Number(bytes, (uint)number);
        Number(bytes, (uint)(number >> 32));
    }
}
