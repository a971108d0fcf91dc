using System.Buffers.Binary;
using System.Text;
using Atelier.Artifacts.Tensors;

namespace Atelier.Tests.Shared;

/// <summary>Writes files in the layouts of PyTorch's <c>torch.save</c>, sound or not.</summary>
internal static class TorchFile
{
    /// <summary>The pickle of a network's state, as PyTorch writes it but for the memo.</summary>
    public static byte[] Pickle(IEnumerable<SavedTensor> tensors, bool isLegacy = false, bool isNested = false, bool areParameters = false)
    {
        var pickle = new PickleWriter();
        if (isNested)
        {
            pickle.Do("}(").Text("epoch").Integer(3).Text("state_dict");
        }

        pickle.Name("collections", "OrderedDict").Do(")R(");
        foreach (var tensor in tensors)
        {
            pickle.Text(tensor.Name);
            if (areParameters)
            {
                pickle.Name("torch._utils", "_rebuild_parameter").Do("(");
            }

            pickle.Tensor(writer => writer.Storage(Kind(tensor.ElementType), tensor.Key, tensor.Storage.Length / tensor.ElementType.ByteCount(), isLegacy), tensor.Offset, Wide(tensor.Shape), Wide(tensor.Strides));
            if (areParameters)
            {
                pickle.Raw(0x88).Name("collections", "OrderedDict").Do(")RtR");
            }
        }

        pickle.Do("u}").Text("_metadata").Name("collections", "OrderedDict").Do(")R(").Text("").Do("}").Text("version").Integer(1).Do("susb");
        return isNested ? pickle.Do("u").End() : pickle.End();
    }

    /// <summary>A file in the format since 1.6.</summary>
    public static byte[] Zip(IReadOnlyCollection<SavedTensor> tensors, bool isNested = false, bool areParameters = false) => Zip(Pickle(tensors, isNested: isNested, areParameters: areParameters), Storages(tensors));

    /// <summary>A file in the format since 1.6, of given parts.</summary>
    public static byte[] Zip(byte[] pickle, IEnumerable<(string Key, byte[] Bytes)> storages, bool isWide = false, string byteOrder = "little")
    {
        var archive = new ZipWriter(isWide);
        archive.Add("archive/data.pkl", pickle);
        archive.Add("archive/byteorder", Encoding.ASCII.GetBytes(byteOrder));
        foreach (var (key, bytes) in storages)
        {
            archive.Add($"archive/data/{key}", bytes);
        }

        archive.Add("archive/version", "3\n"u8);
        return archive.End();
    }

    /// <summary>A file in the format before 1.6.</summary>
    public static byte[] Legacy(IReadOnlyCollection<SavedTensor> tensors)
    {
        var storages = tensors.DistinctBy(tensor => tensor.Key).OrderBy(tensor => tensor.Key, StringComparer.Ordinal).ToList();
        return Legacy(Pickle(tensors, isLegacy: true), [.. storages.Select(tensor => (tensor.Key, (long)tensor.Storage.Length / tensor.ElementType.ByteCount(), tensor.Storage))]);
    }

    /// <summary>A file in the format before 1.6, of given parts.</summary>
    public static byte[] Legacy(byte[] pickle, IReadOnlyCollection<(string Key, long Count, byte[] Bytes)> storages, bool isLittleEndian = true, int version = 1001)
    {
        var file = new MemoryStream();
        file.Write(new PickleWriter().Raw(0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19).End());
        file.Write(new PickleWriter().Integer(version).End());
        file.Write(new PickleWriter().Do("}(").Text("protocol_version").Integer(version).Text("little_endian").Raw((byte)(isLittleEndian ? 0x88 : 0x89)).Do("u").End());
        file.Write(pickle);
        var keys = new PickleWriter().Do("](");
        foreach (var (key, _, _) in storages)
        {
            keys.Text(key);
        }

        file.Write(keys.Do("e").End());
        Span<byte> length = stackalloc byte[sizeof(long)];
        foreach (var (_, count, bytes) in storages)
        {
            BinaryPrimitives.WriteInt64LittleEndian(length, count);
            file.Write(length);
            file.Write(bytes);
        }

        return file.ToArray();
    }

    public static IEnumerable<(string Key, byte[] Bytes)> Storages(IEnumerable<SavedTensor> tensors) => tensors.DistinctBy(tensor => tensor.Key).Select(tensor => (tensor.Key, tensor.Storage));

    private static IEnumerable<Int128> Wide(IEnumerable<long> numbers) => numbers.Select(number => (Int128)number);

    private static string Kind(ElementType type) => type switch
    {
        ElementType.Bool => "BoolStorage",
        ElementType.U8 => "ByteStorage",
        ElementType.I8 => "CharStorage",
        ElementType.I16 => "ShortStorage",
        ElementType.I32 => "IntStorage",
        ElementType.I64 => "LongStorage",
        ElementType.F16 => "HalfStorage",
        ElementType.BF16 => "BFloat16Storage",
        ElementType.F32 => "FloatStorage",
        _ => "DoubleStorage",
    };
}
