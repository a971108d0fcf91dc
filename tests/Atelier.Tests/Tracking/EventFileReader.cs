using System.Text;

namespace Atelier.Tests.Tracking;

/// <summary>
/// A minimal, independent decoder of TensorBoard event files. A message is a list of its fields; numbers are raw bits.
/// </summary>
internal static class EventFileReader
{
    public static List<ProtoMessage> Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        List<ProtoMessage> events = [];
        for (var offset = 0; offset < bytes.Length;)
        {
            var length = (int)BitConverter.ToUInt64(bytes, offset);
            RequireChecksum(bytes.AsSpan(offset, 8), BitConverter.ToUInt32(bytes, offset + 8));
            RequireChecksum(bytes.AsSpan(offset + 12, length), BitConverter.ToUInt32(bytes, offset + 12 + length));
            events.Add(new ProtoMessage(bytes[(offset + 12)..(offset + 12 + length)]));
            offset += length + 16;
        }

        return events;
    }

    // Bit by bit, from the polynomial alone.
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
            }
        }

        return ~crc;
    }

    private static void RequireChecksum(ReadOnlySpan<byte> bytes, uint masked)
    {
        var rotated = unchecked(masked - 0xA282EAD8u);
        if (((rotated >> 17) | (rotated << 15)) != Crc32C(bytes))
        {
            throw new InvalidDataException("Wrong checksum.");
        }
    }

    internal sealed class ProtoMessage
    {
        private readonly List<(int Field, ulong Bits, byte[] Bytes)> _fields = [];

        public ProtoMessage(byte[] bytes)
        {
            for (var offset = 0; offset < bytes.Length;)
            {
                var key = ReadVarint(bytes, ref offset);
                var (bits, content) = (0UL, Array.Empty<byte>());
                switch (key & 7)
                {
                    case 0:
                        bits = ReadVarint(bytes, ref offset);
                        break;
                    case 1:
                        bits = BitConverter.ToUInt64(bytes, offset);
                        offset += 8;
                        break;
                    case 2:
                        var length = (int)ReadVarint(bytes, ref offset);
                        content = bytes[offset..(offset + length)];
                        offset += length;
                        break;
                    case 5:
                        bits = BitConverter.ToUInt32(bytes, offset);
                        offset += 4;
                        break;
                    default:
                        throw new InvalidDataException("Unknown wire type.");
                }

                _fields.Add(((int)(key >> 3), bits, content));
            }
        }

        public bool Has(int field) => _fields.Exists(entry => entry.Field == field);

        public long Varint(int field) => (long)_fields.Single(entry => entry.Field == field).Bits;

        public double Double(int field) => BitConverter.UInt64BitsToDouble(_fields.Single(entry => entry.Field == field).Bits);

        public float Float(int field) => BitConverter.UInt32BitsToSingle((uint)_fields.Single(entry => entry.Field == field).Bits);

        public byte[] Bytes(int field) => _fields.Single(entry => entry.Field == field).Bytes;

        public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

        public ProtoMessage Message(int field) => new(Bytes(field));

        public List<ProtoMessage> Messages(int field) => [.. _fields.Where(entry => entry.Field == field).Select(entry => new ProtoMessage(entry.Bytes))];

        private static ulong ReadVarint(byte[] bytes, ref int offset)
        {
            var value = 0UL;
            for (var shift = 0; ; shift += 7)
            {
                var next = bytes[offset++];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                {
                    return value;
                }
            }
        }
    }
}
