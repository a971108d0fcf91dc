using Atelier.Training.Checkpoints;

namespace Atelier.Training.Runs;

/// <summary>Says where a run is to go on.</summary>
/// <param name="Run">The run.</param>
/// <param name="Checkpoint">The folder of the checkpoint.</param>
/// <param name="State">Where the run stood then.</param>
public sealed record ResumePoint(RunFolder Run, string Checkpoint, TrainingState State)
{
    private const string Last = "last";
    private const string Best = "best";

    /// <summary>Finds a checkpoint.</summary>
    /// <param name="wanted"><c>last</c>, <c>best</c>, a run's folder (its last checkpoint), or a checkpoint's folder.</param>
    /// <param name="outputFolder">The folder of all runs, for <c>last</c> and <c>best</c>.</param>
    /// <param name="runName">The name of the run that <c>last</c> and <c>best</c> mean; empty for the one that wrote a checkpoint last.</param>
    /// <returns>The point.</returns>
    /// <exception cref="InvalidDataException">There is no such run or no complete checkpoint in it; the message says what there is.</exception>
    public static ResumePoint Find(string wanted, string outputFolder, string runName)
    {
        ArgumentException.ThrowIfNullOrEmpty(wanted);
        ArgumentNullException.ThrowIfNull(outputFolder);
        ArgumentNullException.ThrowIfNull(runName);

        if (wanted is Last or Best)
        {
            return FromRun(FindRun(wanted, outputFolder, runName), wanted is Best);
        }

        if (!Directory.Exists(wanted))
        {
            throw new InvalidDataException($"there is no folder {wanted} (known words: {Last}, {Best})");
        }

        if (File.Exists(Path.Combine(wanted, CheckpointStore.StateFile)))
        {
            var run = new RunFolder(Path.GetDirectoryName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(wanted)))) ?? wanted);
            return run.IsRun
                ? new ResumePoint(run, wanted, CheckpointStore.ReadState(wanted))
                : throw new InvalidDataException($"{wanted} is a checkpoint, but the folder above it is no run");
        }

        RunFolder named = new(wanted);
        return named.IsRun ? FromRun(named, isBest: false) : throw new InvalidDataException($"{wanted} is neither a run nor a checkpoint");
    }

    private static ResumePoint FromRun(RunFolder run, bool isBest)
    {
        var all = run.ListCheckpoints();
        if (all.Count == 0)
        {
            throw new InvalidDataException($"{run.Path} has no complete checkpoint: its first epoch was not finished. Start it anew");
        }

        var chosen = isBest ? all.MaxBy(path => CheckpointStore.ReadState(path).RewardMean)! : all[^1];
        return new ResumePoint(run, chosen, CheckpointStore.ReadState(chosen));
    }

    private static RunFolder FindRun(string wanted, string outputFolder, string runName)
    {
        if (runName.Length > 0)
        {
            RunFolder named = new(Path.Combine(outputFolder, runName));
            return named.IsRun ? named : throw new InvalidDataException($"there is no run {named.Path}");
        }

        var runs = Directory.Exists(outputFolder) ? Directory.EnumerateDirectories(outputFolder).Select(path => new RunFolder(path)).Where(run => run.IsRun).ToList() : [];
        return runs.Where(run => run.ListCheckpoints().Count > 0)
            .MaxBy(run => Directory.GetLastWriteTimeUtc(run.ListCheckpoints()[^1]))
            ?? throw new InvalidDataException($"there is no run with a checkpoint in {outputFolder}: \"{wanted}\" means the latest one there");
    }
}
