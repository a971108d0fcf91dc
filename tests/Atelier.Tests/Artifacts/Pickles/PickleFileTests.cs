using System.Runtime.InteropServices;
using Atelier.Artifacts.Pickles;
using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests.Artifacts.Pickles;

/// <summary>What PyTorch writes is read, in each of its formats.</summary>
public sealed class PickleFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> PythonFiles => [.. Directory.EnumerateFiles(PythonFolder, "*.bin").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string PythonFolder => Path.Combine(GoldenFolder.RepositoryRoot, "tests", "Fixtures", "pickles");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(PythonFiles))]
    public void Pickles_of_pythons_own_pickler_are_read(string name)
    {
        using var file = PickleFile.Open(Path.Combine(PythonFolder, name));

        Assert.Equal(
            ["matrix F32 [2, 3]", "transposed F32 [3, 2]", "row F32 [3]", "text_model.embeddings.position_ids I64 [1, 4]", "größe F16 []"],
            file.Entries.Values.Select(entry => entry.ToString()));
        Assert.Equal([0f, 1, 2, 3, 4, 5], Values<float>(file, "matrix"));
        Assert.Equal([0f, 3, 1, 4, 2, 5], Values<float>(file, "transposed"));
        Assert.Equal([3f, 4, 5], Values<float>(file, "row"));
        Assert.Equal([7, -8, 1L << 40, 0], Values<long>(file, "text_model.embeddings.position_ids"));
        Assert.Equal([(Half)1.5], Values<Half>(file, "größe"));
        Assert.Empty(file.Metadata);
    }

    // The weights are a chain of linear layers, of which the golden data has an input and the output.
    [Theory]
    [InlineData("aesthetic-model.pth")]
    [InlineData("aesthetic-model-legacy.pth")]
    public void PyTorchs_own_files_hold_the_weights_that_gave_the_golden_scores(string name)
    {
        Assert.SkipUnless(File.Exists(GoldenFolder.At("tiny-clip", name)) && File.Exists(GoldenFolder.At("rewards", "aesthetic.safetensors")), "The golden folder has no aesthetic model.");
        using var file = PickleFile.Open(GoldenFolder.At("tiny-clip", name));
        using var golden = SafetensorsFile.Open(GoldenFolder.At("rewards", "aesthetic.safetensors"));
        var prefix = golden.Entries.Keys.First(key => key.EndsWith("embedding", StringComparison.Ordinal))[..^"embedding".Length];
        var values = Values<float>(golden, $"{prefix}embedding")[..(int)golden.Entry($"{prefix}embedding").Shape[^1]].Select(value => (double)value).ToArray();

        foreach (var layer in file.Entries.Keys.Where(key => key.EndsWith(".weight", StringComparison.Ordinal)).Select(key => key[..^".weight".Length]))
        {
            var (weight, bias) = (Values<float>(file, $"{layer}.weight"), Values<float>(file, $"{layer}.bias"));
            values = [.. bias.Select((start, row) => start + values.Select((value, column) => value * weight[(row * values.Length) + column]).Sum())];
        }

        Assert.Equal(Values<float>(golden, $"{prefix}score")[0], Assert.Single(values), 1e-4);
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("wide zip")]
    [InlineData("legacy")]
    [InlineData("nested")]
    [InlineData("parameters")]
    public void Every_element_type_is_read_in_every_layout(string layout)
    {
        var tensors = ElementTypes.All.Select((type, index) => SavedTensor.Whole($"t.{type}", type, Random(6 * type.ByteCount(), index), 3, 2) with { Key = $"{index}" }).ToList();
        using var file = Open(layout switch
        {
            "zip" => TorchFile.Zip(tensors),
            "wide zip" => TorchFile.Zip(TorchFile.Pickle(tensors), TorchFile.Storages(tensors), isWide: true),
            "legacy" => TorchFile.Legacy(tensors),
            "nested" => TorchFile.Zip(tensors, isNested: true),
            _ => TorchFile.Zip(tensors, areParameters: true),
        });

        Assert.Equal(tensors.Select(tensor => tensor.Name), file.Entries.Keys);
        foreach (var tensor in tensors)
        {
            var entry = file.Entry(tensor.Name);
            Assert.Equal(tensor.ElementType, entry.ElementType);
            Assert.Equal([3, 2], entry.Shape);
            Assert.Equal(tensor.Storage, file.Bytes(entry).ToArray());
        }
    }

    [Theory]
    [InlineData(ElementType.U8)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.I64)]
    public void Tensors_in_another_order_are_copied_into_that_of_their_axes(ElementType type)
    {
        long[] shape = [2, 3, 1, 4];
        long[] strides = [1, 8, 999, 2]; // the storage's order is that of the second, last and first axis
        var size = type.ByteCount();
        var storage = Random(30 * size, 7);
        using var file = Open(TorchFile.Zip([new SavedTensor("x", type, "0", storage, 5, shape, strides)]));

        var bytes = file.Bytes(file.Entry("x")).ToArray();

        Assert.Equal(24 * size, bytes.Length);
        for (int a = 0, place = 0; a < 2; a++)
        {
            for (var b = 0; b < 3; b++)
            {
                for (var d = 0; d < 4; d++, place += size)
                {
                    var source = (5 + a + (8 * b) + (2 * d)) * size;
                    Assert.Equal(storage[source..(source + size)], bytes[place..(place + size)]);
                }
            }
        }

        Assert.True(file.Bytes(file.Entry("x")).Overlaps(file.Bytes(file.Entry("x")))); // one copy, kept
    }

    [Fact]
    public void Tensors_share_a_storage_without_copies()
    {
        byte[] storage = [0, 1, 2, 3, 4, 5];
        using var file = Open(TorchFile.Legacy([
            new SavedTensor("whole", ElementType.U8, "s", storage, 0, [6], [1]),
            new SavedTensor("end", ElementType.U8, "s", storage, 4, [2, 1], [1, 77]),
            new SavedTensor("again", ElementType.U8, "s", storage, 0, [6], [1])]));

        Assert.Equal(file.Entry("whole").ByteOffset + 4, file.Entry("end").ByteOffset);
        Assert.Equal<byte>([4, 5], file.Bytes(file.Entry("end")).ToArray());
        Assert.True(file.Bytes(file.Entry("whole")).Overlaps(file.Bytes(file.Entry("again"))));
    }

    [Fact]
    public void Empty_tensors_single_numbers_and_empty_files_are_fine()
    {
        using var file = Open(TorchFile.Zip([
            SavedTensor.Whole("empty", ElementType.F32, [], 3, 0),
            new SavedTensor("end", ElementType.U8, "b", [1, 2], 2, [0], [1]),
            SavedTensor.Whole("one", ElementType.U8, [9])]));
        Assert.True(file.Bytes(file.Entry("empty")).IsEmpty);
        Assert.True(file.Bytes(file.Entry("end")).IsEmpty);
        Assert.Equal<byte>([9], file.Bytes(file.Entry("one")).ToArray());

        using var nothing = Open(TorchFile.Legacy([]));
        Assert.Empty(nothing.Entries);
    }

    [Fact]
    public void Writing_to_a_tensor_leaves_the_file_alone()
    {
        var bytes = TorchFile.Zip([SavedTensor.Whole("x", ElementType.U8, [1, 2], 2)]);
        using (var file = Open(bytes))
        {
            MemoryMarshal.GetReference(file.Bytes(file.Entry("x"))) = 99;
            Assert.Equal(99, file.Bytes(file.Entry("x"))[0]);
        }

        Assert.Equal(bytes, File.ReadAllBytes(_folder.At("weights.bin")));
    }

    [Fact]
    public void Disposed_file_gives_no_bytes_and_a_strangers_entry_none_either()
    {
        var file = Open(TorchFile.Zip([new SavedTensor("x", ElementType.U8, "0", [1, 2, 3, 4], 0, [2, 2], [1, 2])]));
        var entry = file.Entry("x");
        Assert.Equal<byte>([1, 3, 2, 4], file.Bytes(entry).ToArray());
        Assert.Throws<ArgumentException>(() => file.Bytes(entry with { ByteOffset = 0 }).Length);

        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Bytes(entry).Length);
    }

    [Theory]
    [InlineData("weights.bin")]
    [InlineData("weights.pt")]
    [InlineData("weights.pth")]
    public void Files_are_opened_by_the_ending_of_their_name(string name)
    {
        using var pickle = TensorFile.Open(_folder.Write(name, TorchFile.Zip([SavedTensor.Whole("x", ElementType.U8, [1], 1)])));
        Assert.IsType<PickleFile>(pickle);

        // what calls itself safe is never read as a pickle
        var path = _folder.Write("weights.safetensors", TorchFile.Zip([SavedTensor.Whole("x", ElementType.U8, [1], 1)]));
        RawFile.Check(Assert.Throws<TensorFileException>(() => TensorFile.Open(path)), path, null);
    }

    [Fact]
    public void Shards_may_be_pickles()
    {
        _folder.Write("pytorch_model-00001-of-00002.bin", TorchFile.Zip([SavedTensor.Whole("a", ElementType.U8, [1], 1), SavedTensor.Whole("unlisted", ElementType.U8, [7], 1)]));
        _folder.Write("pytorch_model-00002-of-00002.bin", TorchFile.Legacy([SavedTensor.Whole("b", ElementType.U8, [2], 1)]));
        using var index = ShardIndex.Open(_folder.Write("pytorch_model.bin.index.json", """{"weight_map":{"a":"pytorch_model-00001-of-00002.bin","b":"pytorch_model-00002-of-00002.bin"}}"""));

        Assert.Equal(["a", "b"], index.Entries.Keys);
        Assert.Equal<byte>([1], index.Bytes(index.Entry("a")).ToArray());
        Assert.Equal<byte>([2], index.Bytes(index.Entry("b")).ToArray());
    }

    [Fact]
    public void An_index_is_no_shard()
    {
        var path = _folder.Write("pytorch_model.bin.index.json", """{"weight_map":{"a":"pytorch_model.bin.index.json"}}""");

        RawFile.Check(Assert.Throws<TensorFileException>(() => ShardIndex.Open(path)), path, null);
    }

    private static T[] Values<T>(ITensorSource file, string name)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(file.Bytes(file.Entry(name))).ToArray();

    private static byte[] Random(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private PickleFile Open(byte[] bytes) => PickleFile.Open(_folder.Write("weights.bin", bytes));
}
