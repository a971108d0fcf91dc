using System.Globalization;
using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Weights;
using Atelier.Training.Updates;
using static TorchSharp.torch;

namespace Atelier.Training.Pretraining;

/// <summary>Keeps the weights, moments and averages of one pretraining stage in one file, so that it goes on where it stopped.</summary>
/// <remarks>Every random number of a step follows from the seed and the step's number, so nothing else needs to be kept.</remarks>
internal sealed class PretrainingCheckpoint(string path, FusedAdamW optimizer, IReadOnlyList<(string Name, Tensor Value)> averages)
{
    private const string StepKey = "step";
    private const string SumsKey = "sums";

    /// <summary>Gets the sums of the losses since the last record, which the log needs to go on exactly; empty right after a record.</summary>
    public IReadOnlyList<double> Sums { get; private set; } = [];

    /// <summary>Reads how many steps a file's stage has done.</summary>
    /// <param name="path">The file; it need not exist.</param>
    public static int StepsIn(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using var file = SafetensorsFile.Open(path);
        return int.Parse(file.Metadata[StepKey], CultureInfo.InvariantCulture);
    }

    /// <summary>Loads the file, if there is one.</summary>
    /// <returns>The number of steps that were done.</returns>
    public int Restore()
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using var _ = no_grad();
        using var file = SafetensorsFile.Open(path);
        void Read(string name, Tensor target) => TensorStorage.ReadInto(file, file.Entries[name], target);
        foreach (var (name, value) in Weights())
        {
            Read(name, value);
        }

        var steps = int.Parse(file.Metadata[StepKey], CultureInfo.InvariantCulture);
        Sums = file.Metadata.TryGetValue(SumsKey, out var sums) ? [.. sums.Split(' ').Select(sum => double.Parse(sum, CultureInfo.InvariantCulture))] : [];
        optimizer.Restore(steps, (name, target) => Read(name, target));
        return steps;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="sums">The sums of the losses since the last record; zeros right after one.</param>
    public void Save(params IReadOnlyList<double> sums) => SafetensorsWriter.Write(
        path,
        Weights().Concat(optimizer.State()).Select(pair => TensorStorage.Describe(pair.Name, pair.Value)),
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [StepKey] = optimizer.StepCount.ToString(CultureInfo.InvariantCulture),
            [SumsKey] = string.Join(' ', sums.Select(sum => sum.ToString("R", CultureInfo.InvariantCulture))),
        });

    private IEnumerable<(string Name, Tensor Value)> Weights() =>
        optimizer.Parameters.Select(pair => ($"weight.{pair.Name}", (Tensor)pair.Value)).Concat(averages.Select(pair => ($"average.{pair.Name}", pair.Value)));
}
