using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Atelier.Tests.Shared;

/// <summary>Writes the instructions of a pickle of protocol 2, sound or not.</summary>
internal sealed class PickleWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public PickleWriter(byte protocol = 2) => Raw(0x80, protocol);

    public PickleWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>Instructions without arguments, by their letters in Python's <c>pickletools</c>.</summary>
    public PickleWriter Do(string instructions) => Raw(Encoding.Latin1.GetBytes(instructions));

    public PickleWriter Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Do("X");
        return UInt32((uint)bytes.Length).Raw(bytes);
    }

    public PickleWriter UInt32(uint number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        return Raw(bytes);
    }

    public PickleWriter Integer(Int128 number)
    {
        if (number >= int.MinValue && number <= int.MaxValue)
        {
            return Do("J").UInt32((uint)(int)number);
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt128LittleEndian(bytes, number);
        return Raw(0x8A, 16).Raw(bytes);
    }

    public PickleWriter Integers(IEnumerable<Int128> numbers)
    {
        Do("(");
        foreach (var number in numbers)
        {
            Integer(number);
        }

        return Do("t");
    }

    public PickleWriter Name(string module, string name) => Do($"c{module}\n{name}\n");

    /// <summary>A storage: a reference to bytes outside the pickle.</summary>
    public PickleWriter Storage(string kind, string key, Int128 elementCount, bool isLegacy = false) =>
        Do("(").Text("storage").Name("torch", kind).Text(key).Text("cpu").Integer(elementCount).Do(isLegacy ? "NtQ" : "tQ");

    /// <summary>A tensor of the storage that <paramref name="storage"/> writes.</summary>
    public PickleWriter Tensor(Action<PickleWriter> storage, Int128 offset, IEnumerable<Int128> shape, IEnumerable<Int128> strides)
    {
        Name("torch._utils", "_rebuild_tensor_v2").Do("(");
        storage(this);
        return Integer(offset).Integers(shape).Integers(strides).Raw(0x89).Name("collections", "OrderedDict").Do(")RtR");
    }

    public byte[] End() => Do(".")._bytes.WrittenSpan.ToArray();
}
