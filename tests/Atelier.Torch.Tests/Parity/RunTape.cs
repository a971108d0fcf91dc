using Atelier.Diffusion.Tensors;
using Atelier.Training.Ddpo;
using static TorchSharp.torch;

namespace Atelier.Tests.Parity;

/// <summary>The recorded random numbers of a golden run, given back for whatever they were drawn for.</summary>
/// <remarks>
/// Per epoch the tape holds for each sampled batch the start latents and one noise per step, then for each inner epoch one permutation of the samples and one of each sample's steps.
/// An image's "seed" is its number in the run.
/// </remarks>
internal sealed class RunTape : IRandomSource
{
    private readonly GoldenTensors _golden;
    private readonly DdpoConfig _config;
    private readonly string[] _items;

    public RunTape(GoldenTensors golden, DdpoConfig config)
    {
        _golden = golden;
        _config = config;
        _items = [.. golden.Names.Where(name => name.StartsWith("tape.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    private int ItemsOfBatch => 1 + _config.Sample.NumSteps;

    private int ItemsOfShuffle => 1 + _config.SamplesPerEpoch;

    private int ItemsOfEpoch => (_config.Sample.NumBatchesPerEpoch * ItemsOfBatch) + (_config.Train.NumInnerEpochs * ItemsOfShuffle);

    public long ImageSeed(int epoch, int sampleIndex) => ((long)epoch * _config.SamplesPerEpoch) + sampleIndex;

    public void FillNormal(long imageSeed, NoiseDraw draw, Span<float> destination)
    {
        var (epoch, sample) = ((int)(imageSeed / _config.SamplesPerEpoch), (int)(imageSeed % _config.SamplesPerEpoch));
        var (batch, row) = (sample / _config.Sample.BatchSize, sample % _config.Sample.BatchSize);
        var item = (epoch * ItemsOfEpoch) + (batch * ItemsOfBatch) + draw.Step + 1;
        using var scope = NewDisposeScope();
        Read(item, draw == NoiseDraw.Start ? "init_latents" : "step_noise")[row].contiguous().data<float>().ToArray().CopyTo(destination);
    }

    public int[] Permutation(ShuffleDraw shuffle, int count)
    {
        var item = (shuffle.Epoch * ItemsOfEpoch) + (_config.Sample.NumBatchesPerEpoch * ItemsOfBatch) + (shuffle.InnerEpoch * ItemsOfShuffle) + shuffle.Position + 1;
        using var scope = NewDisposeScope();
        var values = Read(item, "randperm").data<long>().ToArray();
        return values.Length == count ? [.. values.Select(value => (int)value)] : throw new InvalidDataException($"{_items[item]} has {values.Length} entries, {count} are asked for.");
    }

    private Tensor Read(int item, string kind) => _items[item].EndsWith(kind, StringComparison.Ordinal)
        ? _golden[_items[item]]
        : throw new InvalidDataException($"The tape's item {item} is {_items[item]}, {kind} is asked for.");
}
