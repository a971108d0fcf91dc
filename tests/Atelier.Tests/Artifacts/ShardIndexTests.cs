using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Xunit;

namespace Atelier.Tests.Artifacts;

public sealed class ShardIndexTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ShardIndexTests()
    {
        SafetensorsWriter.Write(_folder.At("one.safetensors"), [Tensor("a", 1), Tensor("b", 2), Tensor("unlisted", 9)]);
        SafetensorsWriter.Write(_folder.At("two.safetensors"), [Tensor("c", 3)]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tensors_of_several_files_are_looked_up_alike()
    {
        using var index = ShardIndex.Open(Index("""{"metadata":{"total_size":3},"weight_map":{"c":"two.safetensors","a":"one.safetensors","b":"one.safetensors"}}"""));

        Assert.Equal(["c", "a", "b"], index.Entries.Keys);
        Assert.Equal(["one.safetensors", "two.safetensors"], index.Shards.Keys.Order());
        Assert.Equal<byte>([1], index.Bytes(index.Entry("a")).ToArray());
        Assert.Equal<byte>([2], index.Bytes(index.Entry("b")).ToArray());
        Assert.Equal<byte>([3], index.Bytes(index.Entry("c")).ToArray());
        RawFile.Check(Assert.Throws<TensorFileException>(() => index.Entry("unlisted")), index.FileName, "unlisted");
        Assert.Throws<ArgumentException>(() => index.Bytes(index.Shards["one.safetensors"].Entry("unlisted")).Length);
    }

    [Fact]
    public void Disposed_index_gives_no_bytes()
    {
        var index = ShardIndex.Open(Index("""{"weight_map":{"a":"one.safetensors"}}"""));
        var entry = index.Entry("a");
        index.Dispose();

        Assert.Throws<ObjectDisposedException>(() => index.Bytes(entry).Length);
    }

    [Theory]
    [InlineData("../one.safetensors")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/one.safetensors")]
    [InlineData("..\\\\one.safetensors")]
    [InlineData("C:one.safetensors")]
    [InlineData("one.safetensors\\u0000")]
    public void File_outside_the_folder_is_refused(string name) => Refused($$$"""{"weight_map":{"a":"{{{name}}}"}}""", "a", "not a plain file name");

    [Fact]
    public void Missing_file_is_refused() => Refused("""{"weight_map":{"a":"three.safetensors"}}""", "a", "not in the index's folder");

    [Fact]
    public void Tensor_in_the_wrong_file_is_refused() => Refused("""{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}""", "b", "which does not hold it");

    [Fact]
    public void Damaged_file_is_named_itself()
    {
        var shard = _folder.Write("three.safetensors", "damaged!");

        RawFile.Check(Assert.Throws<TensorFileException>(() => ShardIndex.Open(Index("""{"weight_map":{"a":"three.safetensors"}}"""))), shard, null);
    }

    [Theory]
    [InlineData("", "malformed")]
    [InlineData("{", "malformed")]
    [InlineData("[]", "malformed")]
    [InlineData("{}", "no object 'weight_map'")]
    [InlineData("""{"weight_map":[]}""", "no object 'weight_map'")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}""", "malformed")]
    [InlineData("""{"weight_map":{"a":"one.safetensors"},"weight_map":{}}""", "malformed")]
    [InlineData("""{"weight_map":{"\ud800":"one.safetensors"}}""", "malformed")]
    public void Malformed_index_is_refused(string json, string problem) => Refused(json, null, problem);

    [Fact]
    public void Deep_index_is_refused() => Refused("""{"weight_map":""" + new string('[', 10_000), null, "malformed");

    [Fact]
    public void Index_that_is_not_utf8_is_refused()
    {
        var path = _folder.Write("x.index.json", [(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}']);

        RawFile.Check(Assert.Throws<TensorFileException>(() => ShardIndex.Open(path)), path, null);
    }

    [Fact]
    public void File_that_is_not_text_is_refused() => Refused("""{"weight_map":{"a":7}}""", "a", "its file is not a string");

    private static TensorContent Tensor(string name, byte value) => new(name, ElementType.U8, [1], new[] { value });

    private string Index(string json) => _folder.Write("model.safetensors.index.json", json);

    private void Refused(string json, string? tensorName, string problem)
    {
        var path = Index(json);

        var exception = Assert.Throws<TensorFileException>(() => ShardIndex.Open(path));

        RawFile.Check(exception, path, tensorName);
        Assert.Contains(problem, exception.Problem, StringComparison.Ordinal);
    }
}
