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
    private const string UnfinishedSuffix = ".partial";
    private const string ReplacedSuffix = ".replaced";
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Lists the complete checkpoints, oldest first.</summary>
    /// <returns>Their folders.</returns>
    public IReadOnlyList<string> List() => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateDirectories(folder, Prefix + "*")
            .Where(path => NumberOf(path) is not null && File.Exists(Path.Combine(path, StateFile)) && !IsReplaced(path))
            .OrderBy(path => NumberOf(path)),
    ];

    /// <summary>Writes a checkpoint and prunes old ones.</summary>
    /// <param name="state">Where the run stands.</param>
    /// <param name="write">Writes the weights and moments into the folder that it is given.</param>
    /// <returns>The checkpoint's folder.</returns>
    public string Save(TrainingState state, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(write);
        var target = Path.Combine(folder, $"{Prefix}{state.EpochsDone}");
        RemoveLeftovers();
        var temporary = target + UnfinishedSuffix;
        Directory.CreateDirectory(temporary);
        write(temporary);
        File.WriteAllText(Path.Combine(temporary, StateFile), JsonSerializer.Serialize(state, Json));
        Replace(target, temporary);
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
            return JsonSerializer.Deserialize<TrainingState>(File.ReadAllText(path), Json) ?? throw new JsonException($"{StateFile} is empty.");
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{checkpoint} is no complete checkpoint: {exception.Message}", exception);
        }
    }

    private static int? NumberOf(string path)
    {
        var name = Path.GetFileName(path.AsSpan())[Prefix.Length..];
        var digits = name.EndsWith(ReplacedSuffix, StringComparison.Ordinal) ? name[..^ReplacedSuffix.Length] : name;
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    // A crash between the two renames of Replace leaves only the old checkpoint, under its other name: then it counts.
    private static bool IsReplaced(string path) =>
        path.EndsWith(ReplacedSuffix, StringComparison.Ordinal) && Directory.Exists(path[..^ReplacedSuffix.Length]);

    private static void Replace(string target, string successor)
    {
        var replaced = target + ReplacedSuffix;
        if (Directory.Exists(target))
        {
            Directory.Move(target, replaced);
        }

        Directory.Move(successor, target);
        if (Directory.Exists(replaced))
        {
            Directory.Delete(replaced, recursive: true);
        }
    }

    // What a crash left behind: no other process writes here.
    private void RemoveLeftovers()
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var path in Directory.GetDirectories(folder, Prefix + "*").Where(path => path.EndsWith(UnfinishedSuffix, StringComparison.Ordinal) || IsReplaced(path)))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private void Prune()
    {
        var all = List();
        if (limit <= 0 || all.Count <= limit)
        {
            return;
        }

        var best = all.MaxBy(RewardOf);
        foreach (var old in all.Take(all.Count - limit).Where(path => !path.Equals(best, StringComparison.Ordinal)))
        {
            Directory.Delete(old, recursive: true);
        }
    }

    // A damaged old checkpoint must not end the run that made it.
    private static double RewardOf(string checkpoint)
    {
        try
        {
            return ReadState(checkpoint).RewardMean;
        }
        catch (InvalidDataException)
        {
            return double.NegativeInfinity;
        }
    }
}
