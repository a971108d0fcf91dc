using System.Globalization;
using System.Text.Json;

namespace Atelier.Training.Checkpoints;

/// <summary>The checkpoints of one run: written under a temporary name, then renamed, so that a crash at any instant leaves the last complete one.</summary>
/// <param name="folder">The run's <c>checkpoints</c> folder.</param>
/// <param name="limit">How many are kept: the newest, and the best beside them; 0 or less keeps all.</param>
public sealed class CheckpointStore(string folder, int limit)
{
    /// <summary>The name of the state file in a checkpoint.</summary>
    public const string StateFile = "state.json";

    private const string Prefix = "checkpoint_";
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Lists the complete checkpoints, oldest first.</summary>
    /// <returns>Their folders.</returns>
    public IReadOnlyList<string> List() => !Directory.Exists(folder) ? [] :
        [.. Directory.EnumerateDirectories(folder, Prefix + "*").Where(path => NumberOf(path) is not null && File.Exists(Path.Combine(path, StateFile))).OrderBy(path => NumberOf(path))];

    /// <summary>Writes a checkpoint and prunes old ones.</summary>
    /// <param name="state">Where the run stands.</param>
    /// <param name="write">Writes the weights and moments into the folder that it is given.</param>
    /// <returns>The checkpoint's folder.</returns>
    public string Save(TrainingState state, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(write);
        var target = Path.Combine(folder, $"{Prefix}{state.EpochsDone}");
        var temporary = $"{target}.partial";
        if (Directory.Exists(temporary))
        {
            Directory.Delete(temporary, recursive: true);
        }

        Directory.CreateDirectory(temporary);
        write(temporary);
        File.WriteAllText(Path.Combine(temporary, StateFile), JsonSerializer.Serialize(state, Json));
        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }

        Directory.Move(temporary, target);
        Prune();
        return target;
    }

    /// <summary>Reads a checkpoint's state.</summary>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <returns>Where the run stood.</returns>
    /// <exception cref="InvalidDataException">The folder is no complete checkpoint; the message names it.</exception>
    public static TrainingState ReadState(string checkpoint)
    {
        var path = Path.Combine(checkpoint, StateFile);
        try
        {
            return JsonSerializer.Deserialize<TrainingState>(File.ReadAllText(path), Json)!;
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{checkpoint} is no complete checkpoint: {exception.Message}", exception);
        }
    }

    private static int? NumberOf(string path) =>
        int.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Prune()
    {
        var all = List();
        if (limit <= 0 || all.Count <= limit)
        {
            return;
        }

        var best = all.MaxBy(path => ReadState(path).RewardMean);
        foreach (var old in all.Take(all.Count - limit).Where(path => !path.Equals(best, StringComparison.Ordinal)))
        {
            Directory.Delete(old, recursive: true);
        }
    }
}
