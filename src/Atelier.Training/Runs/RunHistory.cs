using Atelier.Tracking;

namespace Atelier.Training.Runs;

/// <summary>Reads how rewards went from a run's metrics, those before a resume included.</summary>
public sealed record RunHistory
{
    internal const string EvaluationKind = "evaluation";
    internal const string EvaluationMean = "evaluation_reward_mean";
    internal const string EvaluationCount = "evaluation_count";

    /// <summary>Gets each epoch's rewards, in order.</summary>
    public required IReadOnlyList<EpochRewards> Epochs { get; init; }

    /// <summary>Gets the mean reward on held-out prompts, by the number of epochs done, in order.</summary>
    public required IReadOnlyList<(int EpochsDone, double Mean)> Evaluations { get; init; }

    /// <summary>Gets the number of images behind each of these means; null without an evaluation, or where they differ in it.</summary>
    public int? EvaluationImageCount { get; init; }

    /// <summary>Gets the number of updates.</summary>
    public long UpdateCount { get; init; }

    /// <summary>Reads a file.</summary>
    /// <param name="metrics">The run's <c>metrics.jsonl</c>.</param>
    /// <returns>The history.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static RunHistory Read(string metrics)
    {
        var records = RunLog.Read(metrics);
        return new RunHistory
        {
            Epochs = [.. records.Where(record => record.Kind == "rewards").Select(record => new EpochRewards(
                (int)record["epoch"].WholeNumber, record["reward_mean"].Number, record["reward_std"].Number, record["reward_std_within_prompt"].Number))],
            Evaluations = [.. records.Where(record => record.Kind == EvaluationKind).Select(record => ((int)record["epoch"].WholeNumber, record[EvaluationMean].Number))],
            EvaluationImageCount = records.Where(record => record.Kind == EvaluationKind).Select(record => record.Values.TryGetValue(EvaluationCount, out var count) ? (int?)count.WholeNumber : null).Distinct().ToList() is [var only] ? only : null,
            UpdateCount = records.LongCount(record => record.Kind == "update"),
        };
    }
}
