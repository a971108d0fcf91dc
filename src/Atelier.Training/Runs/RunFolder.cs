using System.Globalization;
using Atelier.Training.Checkpoints;
using Atelier.Training.Settings;

namespace Atelier.Training.Runs;

/// <summary>Knows where everything of a run lies.</summary>
/// <param name="path">The run's folder; it need not exist.</param>
public sealed class RunFolder(string path)
{
    private const string ConfigFile = "config.json";

    /// <summary>Gets the folder.</summary>
    public string Path { get; } = path;

    /// <summary>Gets the run's name: the folder's.</summary>
    public string Name => System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path)));

    /// <summary>Gets the file of what was asked: every setting under its flat name.</summary>
    public string Config => At(ConfigFile);

    /// <summary>Gets the file of versions, hashes, machine and outcome.</summary>
    public string Manifest => At("manifest.json");

    /// <summary>Gets the file with a line for each logged event.</summary>
    public string Metrics => At("metrics.jsonl");

    /// <summary>Gets the folder of TensorBoard's event files.</summary>
    public string TensorBoard => At("tensorboard");

    /// <summary>Gets the folder of sampled images.</summary>
    public string Images => At("images");

    /// <summary>Gets the folder of checkpoints.</summary>
    public string Checkpoints => At("checkpoints");

    /// <summary>Gets the folder of the trained model.</summary>
    public string Final => At("final");

    /// <summary>Gets the picture of previews before and after training.</summary>
    public string BeforeAfter => At("before_after.png");

    /// <summary>Gets the picture of rewards by epoch.</summary>
    public string RewardCurve => At("reward_curve.png");

    /// <summary>Gets the folder of the untrained model's previews.</summary>
    public string Before => System.IO.Path.Combine(Images, "before");

    /// <summary>Gets the folder of the trained model's previews, of the same prompts and seeds.</summary>
    public string After => System.IO.Path.Combine(Images, "after");

    /// <summary>Tells whether the folder is that of a run.</summary>
    public bool IsRun => File.Exists(Config);

    /// <summary>Gets the folder of an epoch's images.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <returns>The path.</returns>
    public string ImagesOf(int epoch) => System.IO.Path.Combine(Images, string.Create(CultureInfo.InvariantCulture, $"epoch_{epoch:d4}"));

    /// <summary>Lists the complete checkpoints, oldest first.</summary>
    /// <returns>Their folders.</returns>
    public IReadOnlyList<string> ListCheckpoints() => new CheckpointStore(Checkpoints, limit: 0).List();

    /// <summary>Chooses the folder of a new run: the given name, else the reward's with the first number above all that were used.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <returns>The folder; one with a given name may exist already.</returns>
    public static RunFolder Choose(RunSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);

        if (settings.Ddpo.RunName.Length > 0)
        {
            return new RunFolder(System.IO.Path.Combine(settings.OutputFolder, settings.Ddpo.RunName));
        }

        var prefix = settings.Reward.Replace(':', '-') + "-";
        var used = Directory.Exists(settings.OutputFolder)
            ? Directory.EnumerateFileSystemEntries(settings.OutputFolder, prefix + "*").Select(entry => NumberOf(System.IO.Path.GetFileName(entry)[prefix.Length..])).DefaultIfEmpty(0).Max()
            : 0;
        return new RunFolder(System.IO.Path.Combine(settings.OutputFolder, $"{prefix}{used + 1}"));
    }

    /// <summary>Says why a new run can't have this folder; null when it can.</summary>
    /// <returns>A sentence without its full stop.</returns>
    public string? ExplainTaken()
    {
        if (File.Exists(Path))
        {
            return $"{Path} is a file: choose another run_name or output_folder";
        }

        if (!Directory.Exists(Path) || !Directory.EnumerateFileSystemEntries(Path).Any())
        {
            return null;
        }

        return IsRun
            ? $"{Path} is an earlier run: choose another run_name, or go on with it with resume_from {Path}"
            : $"{Path} exists and is not empty: choose another run_name or output_folder";
    }

    private static int NumberOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private string At(string name) => System.IO.Path.Combine(Path, name);
}
