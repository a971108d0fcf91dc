using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Atelier.Tracking;

/// <summary>Builds one protocol-buffer message, field by field.</summary>
/// <remarks>Source: the wire format's specification, protobuf.dev/programming-guides/encoding.</remarks>
internal sealed class ProtobufMessage
{
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int LengthType = 2;
    private const int Fixed32Type = 5;

    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>The message so far.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.WrittenSpan;

    /// <summary>Adds an <c>int32</c>, <c>int64</c> or enum field.</summary>
    public ProtobufMessage Add(int field, long value)
    {
        AddKey(field, VarintType);
        AddVarint((ulong)value);
        return this;
    }

    /// <summary>Adds a <c>double</c> field.</summary>
    public ProtobufMessage Add(int field, double value)
    {
        AddKey(field, Fixed64Type);
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(sizeof(double)), value);
        _buffer.Advance(sizeof(double));
        return this;
    }

    /// <summary>Adds a <c>float</c> field.</summary>
    public ProtobufMessage Add(int field, float value)
    {
        AddKey(field, Fixed32Type);
        BinaryPrimitives.WriteSingleLittleEndian(_buffer.GetSpan(sizeof(float)), value);
        _buffer.Advance(sizeof(float));
        return this;
    }

    /// <summary>Adds a <c>string</c> field.</summary>
    public ProtobufMessage Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds a message field.</summary>
    public ProtobufMessage Add(int field, ProtobufMessage value) => Add(field, value.Bytes);

    /// <summary>Adds a <c>bytes</c> field.</summary>
    public ProtobufMessage Add(int field, ReadOnlySpan<byte> value)
    {
        AddKey(field, LengthType);
        AddVarint((ulong)value.Length);
        _buffer.Write(value);
        return this;
    }

    private void AddKey(int field, int wireType) => AddVarint((ulong)((field << 3) | wireType));

    private void AddVarint(ulong value)
    {
        var span = _buffer.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[length++] = (byte)(value | 0x80);
        }

        span[length++] = (byte)value;
        _buffer.Advance(length);
    }
}
