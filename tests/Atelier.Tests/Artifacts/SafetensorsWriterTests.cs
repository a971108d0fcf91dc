using System.Text;
using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using CsCheck;
using Xunit;

namespace Atelier.Tests.Artifacts;

public sealed class SafetensorsWriterTests : IDisposable
{
    private static readonly Gen<string> Name = Gen.OneOf(
        Gen.Char[' ', '~'].Select(static character => character.ToString()),
        Gen.OneOf("é", "\n", "\"", "\\", "\u0000", "😀", "\uFFFD", "日本", "weight", ".")).Array[0, 6].Select(string.Concat);

    private static readonly Gen<Tensor> AnyTensor = Gen.Select(
        Name, Gen.Int[0, ElementTypes.All.Count - 1], Gen.Long[0, 4].Array[0, 4], Gen.Int[0, 255],
        static (name, type, shape, seed) => new Tensor(name, ElementTypes.All[type], shape, seed));

    private static readonly Gen<Tensor[]> AnyTensors = AnyTensor.Array[0, 12]
        .Select(static tensors => tensors.DistinctBy(static tensor => tensor.Name).ToArray());

    private static readonly Gen<Dictionary<string, string>> AnyMetadata = Gen.Dictionary(Name, Name)[0, 4];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read_back() => Gen.Select(AnyTensors, AnyMetadata).Sample(
        (tensors, metadata) =>
        {
            var path = _folder.At($"{Guid.NewGuid():N}.safetensors");
            SafetensorsWriter.Write(path, tensors.Select(static tensor => tensor.Content()), metadata);
            using var file = SafetensorsFile.Open(path);

            Assert.Equal(metadata.OrderBy(static pair => pair.Key, StringComparer.Ordinal), file.Metadata.OrderBy(static pair => pair.Key, StringComparer.Ordinal));
            Assert.Equal(tensors.Length, file.Entries.Count);
            foreach (var tensor in tensors)
            {
                var entry = file.Entry(tensor.Name);
                Assert.Equal(tensor.Type, entry.ElementType);
                Assert.Equal(tensor.Shape, entry.Shape);
                Assert.Equal(tensor.Bytes(), file.Bytes(entry));
                Assert.Equal(0, entry.ByteOffset % entry.ElementType.ByteCount());
            }
        },
        iter: 200);

    [Fact]
    public void Order_of_the_tensors_does_not_matter() => AnyTensors.Sample(
        tensors =>
        {
            var (one, other) = (_folder.At($"{Guid.NewGuid():N}"), _folder.At($"{Guid.NewGuid():N}"));
            SafetensorsWriter.Write(one, tensors.Select(static tensor => tensor.Content()));
            SafetensorsWriter.Write(other, tensors.Reverse().Select(static tensor => tensor.StreamedContent()));

            Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(other));
        },
        iter: 100);

    [Fact]
    public void File_has_the_bytes_of_the_reference_library()
    {
        // The expected bytes are those of the reference library's own test "test_serialization_forced_alignement".
        var path = _folder.At("a.safetensors");
        SafetensorsWriter.Write(path, [new TensorContent("attn0", ElementType.F32, [1, 1, 2, 3], Floats(0, 1, 2, 3, 4, 5))]);

        byte[] expected = [72, 0, 0, 0, 0, 0, 0, 0, .. """{"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       """u8, .. Floats(0, 1, 2, 3, 4, 5)];
        Assert.Equal(expected, File.ReadAllBytes(path));
    }

    [Fact]
    public void Empty_file_has_the_bytes_of_the_reference_library()
    {
        SafetensorsWriter.Write(_folder.At("a"), []);
        SafetensorsWriter.Write(_folder.At("b"), [], new Dictionary<string, string> { ["framework"] = "pt" });

        Assert.Equal([8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8], File.ReadAllBytes(_folder.At("a")));
        Assert.Equal([40, 0, 0, 0, 0, 0, 0, 0, .. """{"__metadata__":{"framework":"pt"}}     """u8], File.ReadAllBytes(_folder.At("b")));
    }

    [Fact]
    public void Tensors_are_laid_out_by_type_then_name()
    {
        var path = _folder.At("a");
        SafetensorsWriter.Write(path, ElementTypes.All.SelectMany(static type => new[] { Filled($"b{type}", type), Filled($"a{type}", type) })
            .Append(Filled("\uE000", ElementType.Bool)).Append(Filled("😀", ElementType.Bool)));

        using var file = SafetensorsFile.Open(path);
        Assert.Equal(
            ["aI64", "bI64", "aF64", "bF64", "aF32", "bF32", "aI32", "bI32", "aBF16", "bBF16", "aF16", "bF16", "aI16", "bI16", "aI8", "bI8", "aU8", "bU8", "aBool", "bBool", "\uE000", "😀"],
            file.Entries.Keys);
    }

    [Fact]
    public void Names_are_those_of_the_format()
    {
        Assert.Equal(["BOOL", "U8", "I8", "I16", "F16", "BF16", "I32", "F32", "F64", "I64"], ElementTypes.All.Select(ElementTypes.WrittenName));
        Assert.All(ElementTypes.All, static type => Assert.True(ElementTypes.TryParse(type.WrittenName(), out var parsed) && parsed == type));
        Assert.Throws<ArgumentOutOfRangeException>(() => ((ElementType)10).ByteCount());
        Assert.Throws<ArgumentOutOfRangeException>(() => ((ElementType)(-1)).WrittenName());
    }

    [Fact]
    public void Duplicate_name_is_refused() => Refused("x", "two tensors", Filled("x", ElementType.U8), Filled("x", ElementType.I8));

    [Fact]
    public void Reserved_name_is_refused() => Refused("__metadata__", "reserved", Filled("__metadata__", ElementType.U8));

    [Fact]
    public void Name_that_is_not_unicode_is_refused() => Assert.Contains(
        "not valid Unicode",
        Assert.Throws<TensorFileException>(() => SafetensorsWriter.Write(_folder.At("a"), [Filled("\ud800", ElementType.U8)])).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Negative_shape_is_refused() => Refused("x", "negative", new TensorContent("x", ElementType.U8, [-1], static _ => { }));

    [Fact]
    public void Overflowing_shape_is_refused() => Refused("x", "63 bits", new TensorContent("x", ElementType.U8, [long.MaxValue, 2], static _ => { }));

    [Fact]
    public void Overflowing_file_is_refused() => Refused(
        "y", "63 bits", new TensorContent("x", ElementType.U8, [long.MaxValue], static _ => { }), new TensorContent("y", ElementType.U8, [1], static _ => { }));

    [Fact]
    public void Bytes_that_do_not_fit_the_shape_are_refused() => Refused("x", "3 bytes were given instead of the 4", new TensorContent("x", ElementType.F32, [], new byte[3]));

    [Fact]
    public void Callback_that_writes_too_little_is_refused() => Refused("x", "3 bytes were written instead of the 4", new TensorContent("x", ElementType.F32, [], static stream => stream.Write([1, 2, 3])));

    [Fact]
    public void Callback_that_writes_too_much_is_refused() => Refused("x", "more bytes", new TensorContent("x", ElementType.F32, [], static stream =>
    {
        stream.WriteByte(1);
        stream.Write([1, 2, 3, 4], 0, 4);
    }));

    [Fact]
    public void Failure_leaves_the_existing_file_and_no_temporary()
    {
        var path = _folder.Write("a.safetensors", "precious");

        Assert.Throws<InvalidTimeZoneException>(() => SafetensorsWriter.Write(
            path, [Filled("a", ElementType.F32), new TensorContent("x", ElementType.U8, [1], static _ => throw new InvalidTimeZoneException())]));

        Assert.Equal("precious", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void Failure_to_rename_leaves_no_temporary()
    {
        var path = _folder.At("taken");
        Directory.CreateDirectory(path);

        Assert.ThrowsAny<Exception>(() => SafetensorsWriter.Write(path, [Filled("a", ElementType.F32)]));

        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void Existing_file_is_replaced_and_no_temporary_stays()
    {
        var path = _folder.Write("a.safetensors", "old");

        SafetensorsWriter.Write(path, [Filled("a", ElementType.F32)]);

        using var file = SafetensorsFile.Open(path);
        Assert.Single(file.Entries);
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void Header_over_the_limit_is_refused()
    {
        var metadata = new Dictionary<string, string> { ["a"] = new string('x', 25_000_000), ["b"] = "", ["c"] = "", ["d"] = "" };
        foreach (var key in metadata.Keys.ToArray())
        {
            metadata[key] = metadata["a"];
        }

        var exception = Assert.Throws<TensorFileException>(() => SafetensorsWriter.Write(_folder.At("a"), [], metadata));

        Assert.Contains("at most 100000000", exception.Problem, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    private static TensorContent Filled(string name, ElementType type) => new(name, type, [1], new byte[type.ByteCount()]);

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private void Refused(string tensorName, string problem, params TensorContent[] tensors)
    {
        var path = _folder.At("refused.safetensors");

        var exception = Assert.Throws<TensorFileException>(() => SafetensorsWriter.Write(path, tensors));

        RawFile.Check(exception, path, tensorName);
        Assert.Contains(problem, exception.Problem, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    private sealed record Tensor(string Name, ElementType Type, long[] Shape, int Seed)
    {
        public byte[] Bytes()
        {
            var bytes = new byte[Shape.Aggregate((long)Type.ByteCount(), static (product, extent) => product * extent)];
            new Random(Seed).NextBytes(bytes);
            return bytes;
        }

        public TensorContent Content() => new(Name, Type, Shape, Bytes());

        public TensorContent StreamedContent() => new(Name, Type, Shape, stream =>
        {
            foreach (var part in Bytes().Chunk(7))
            {
                stream.Write(part);
            }
        });
    }
}
