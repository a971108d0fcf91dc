using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using Atelier.Diffusion.Weights;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Diffusion.Weights;

public class WeightLoaderTests
{
    [Fact]
    public void One_message_lists_all_that_does_not_fit_and_nothing_is_written()
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        using var network = Stack(30);
        foreach (var parameter in network.parameters())
        {
            nn.init.constant_(parameter, 7);
        }

        // 0 … 11 are missing, 12 … 22 have another shape, 100 … 112 are unexpected; the rest would fit.
        var contents = Enumerable.Range(12, 18).Select(i => (Name: $"{i}.weight", Value: i < 23 ? zeros(3, 2) : zeros(2, 3)))
            .Concat(Enumerable.Range(100, 13).Select(i => (Name: $"{i}.weight", Value: zeros(1))));
        using var file = Write(folder, contents);

        var exception = Assert.Throws<WeightMismatchException>(() => WeightLoader.Load(network, file));
        Assert.Equal((12, 13, 11), (exception.Report.Missing.Count, exception.Report.Unexpected.Count, exception.Report.Misshapen.Count));
        Assert.StartsWith($"{file.FileName} does not fit the network: ", exception.Message);
        Assert.Contains("12 missing: 0.weight, 1.weight, 2.weight, 3.weight, 4.weight, 5.weight, 6.weight, 7.weight, 8.weight, 9.weight, and 2 more;", exception.Message);
        Assert.Contains("13 unexpected: 100.weight, 101.weight", exception.Message);
        Assert.Contains("109.weight, and 3 more;", exception.Message);
        Assert.Contains("11 of another shape or kind: 12.weight expected [2, 3], got [3, 2], ", exception.Message);
        Assert.EndsWith(", and 1 more.", exception.Message);
        Assert.All(network.parameters(), parameter => Assert.Equal(Enumerable.Repeat(7f, 6), parameter.data<float>().ToArray()));
    }

    [Fact]
    public void A_list_of_ten_has_no_more()
    {
        using var folder = new ScratchFolder();
        using var network = Stack(10);
        using var file = Write(folder, []);
        var message = Assert.Throws<WeightMismatchException>(() => WeightLoader.Load(network, file)).Message;
        Assert.EndsWith("10 missing: 0.weight, 1.weight, 2.weight, 3.weight, 4.weight, 5.weight, 6.weight, 7.weight, 8.weight, 9.weight.", message);
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void Files_of_another_precision_convert_exactly(ScalarType type)
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        using var network = Stack(1);
        float[] values = [0, -1, 1.5f, 65504f / 2, 6.103515625e-05f, float.NegativeInfinity];
        var stored = tensor(values, [2, 3]).to(type);
        using var file = Write(folder, [("0.weight", stored)]);

        WeightLoader.Load(network, file);

        var parameter = Assert.Single(network.parameters());
        Assert.Equal(ScalarType.Float32, parameter.dtype);
        Assert.Equal(stored.to(ScalarType.Float32).data<float>().ToArray(), parameter.data<float>().ToArray());
        if (type != ScalarType.BFloat16) // these values are exact in all types but one
        {
            Assert.Equal(values, parameter.data<float>().ToArray());
        }
    }

    [Fact]
    public void Loading_into_half_precision_rounds_to_it()
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        using var network = Stack(1, Placement.Cpu with { ElementType = ScalarType.BFloat16 });
        var stored = linspace(-1, 1, 6).reshape(2, 3);
        using var file = Write(folder, [("0.weight", stored)]);

        WeightLoader.Load(network, file);

        Assert.Equal(stored.to(ScalarType.BFloat16).to(ScalarType.Float32).data<float>().ToArray(), network.parameters().Single().to(ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void Whole_numbers_are_no_weights()
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        using var network = Stack(1);
        using var file = Write(folder, [("0.weight", zeros(2, 3, dtype: ScalarType.Int64))]);
        Assert.Contains("0.weight expected floating-point numbers, got I64", Assert.Throws<WeightMismatchException>(() => WeightLoader.Load(network, file)).Message);
    }

    [Fact]
    public void Two_names_that_are_one_after_renaming_are_refused()
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        using var network = Stack(1);
        using var file = Write(folder, [("0.weight", zeros(2, 3)), ("old.weight", zeros(2, 3))]);
        var message = Assert.Throws<WeightMismatchException>(() => WeightLoader.Load(network, file, name => name.Replace("old", "0", StringComparison.Ordinal))).Message;
        Assert.EndsWith("1 unexpected: old.weight (a second 0.weight).", message);
    }

    [Fact]
    public void Tolerated_names_are_left_alone_and_only_they()
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        using var network = Stack(1);
        using var file = Write(folder, [("0.weight", ones(2, 3)), ("positions", zeros(4, dtype: ScalarType.Int64))]);
        Assert.Throws<WeightMismatchException>(() => WeightLoader.Load(network, file));
        WeightLoader.Load(network, file, tolerated: ["positions"]);
        Assert.Equal(Enumerable.Repeat(1f, 6), network.parameters().Single().data<float>().ToArray());
    }

    [Fact]
    public void A_network_without_parameters_is_a_mistake() // one whose constructor forgot to register them
    {
        using var folder = new ScratchFolder();
        using var network = Stack(0);
        using var file = Write(folder, []);
        Assert.Throws<ArgumentException>(() => WeightLoader.Load(network, file));
    }

    private static Sequential Stack(int count, Placement? placement = null) =>
        nn.Sequential(Enumerable.Range(0, count).Select(i => ($"{i}", (nn.Module<Tensor, Tensor>)new AdaptableLinear(3, 2, hasBias: false, placement ?? Placement.Cpu))));

    private static SafetensorsFile Write(ScratchFolder folder, IEnumerable<(string Name, Tensor Value)> contents)
    {
        SafetensorsWriter.Write(folder.At("weights.safetensors"), contents.Select(item => TensorStorage.Describe(item.Name, item.Value)).ToList());
        return SafetensorsFile.Open(folder.At("weights.safetensors"));
    }
}
