using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Atelier.Diffusion.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Diffusion.Weights;

public class TensorStorageTests
{
    [Theory]
    [MemberData(nameof(Types))]
    public void Every_type_survives_a_round_trip(ElementType type)
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        var value = tensor(new[] { 0.0, 1, 1, 0, 1, 0 }, [2, 3]).to(TensorStorage.ScalarTypeOf(type));
        SafetensorsWriter.Write(folder.At("a.safetensors"), [TensorStorage.Describe("x", value)]);
        using var file = SafetensorsFile.Open(folder.At("a.safetensors"));

        var read = TensorStorage.Read(file, "x");

        Assert.Equal(type, file.Entries["x"].ElementType);
        Assert.Equal(value.dtype, read.dtype);
        Assert.Equal([2, 3], read.shape);
        Assert.True(read.eq(value).all().item<bool>());
    }

    public static TheoryData<ElementType> Types => [.. Enum.GetValues<ElementType>()];

    [Fact]
    public void Transposed_empty_and_scalar_tensors_are_stored_as_they_look()
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        var matrix = arange(6, dtype: ScalarType.Float32).reshape(2, 3);
        SafetensorsWriter.Write(folder.At("a.safetensors"), [TensorStorage.Describe("t", matrix.t()), TensorStorage.Describe("none", zeros(0, 4)), TensorStorage.Describe("one", tensor(3f))]);
        using var file = SafetensorsFile.Open(folder.At("a.safetensors"));

        Assert.Equal([0f, 3, 1, 4, 2, 5], TensorStorage.Read(file, "t").data<float>().ToArray());
        Assert.Equal([0, 4], TensorStorage.Read(file, "none").shape);
        Assert.Empty(TensorStorage.Read(file, "one").shape);
        Assert.Equal(3f, TensorStorage.Read(file, "one").item<float>());
    }

    [Fact]
    public void Reading_into_a_view_writes_the_view_only()
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(folder.At("a.safetensors"), [TensorStorage.Describe("x", ones(2, 2))]);
        using var file = SafetensorsFile.Open(folder.At("a.safetensors"));
        var whole = zeros(2, 3);

        TensorStorage.ReadInto(file, file.Entries["x"], whole.slice(1, 0, 2, 1));
        Assert.Equal([1f, 1, 0, 1, 1, 0], whole.data<float>().ToArray());

        var rows = zeros(3, 2); // contiguous, but begins inside the storage
        TensorStorage.ReadInto(file, file.Entries["x"], rows.slice(0, 1, 3, 1));
        Assert.Equal([0f, 0, 1, 1, 1, 1], rows.data<float>().ToArray());
    }

    [Fact]
    public void Missing_tensors_are_named()
    {
        using var folder = new ScratchFolder();
        SafetensorsWriter.Write(folder.At("a.safetensors"), []);
        using var file = SafetensorsFile.Open(folder.At("a.safetensors"));
        var message = Assert.Throws<TensorFileException>(() => TensorStorage.Read(file, "x")).Message;
        Assert.Contains("a.safetensors", message);
        Assert.Contains("x", message);
    }
}
