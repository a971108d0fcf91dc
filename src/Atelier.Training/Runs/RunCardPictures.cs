using Atelier.Artifacts.Hub.Cards;

namespace Atelier.Training.Runs;

/// <summary>The pictures that a run's card shows, copied beside the model.</summary>
internal sealed record RunCardPictures
{
    private const string FolderName = "images";

    /// <summary>Gets the pictures after training, with those of the same prompt and seed before it where there are any.</summary>
    public IReadOnlyList<RunCardPair> Pairs { get; private init; } = [];

    /// <summary>Gets the path in the repository of all pairs on one sheet; null when there is none.</summary>
    public string? Sheet { get; private init; }

    /// <summary>Gets the path in the repository of the rewards by epoch; null when there is no such picture.</summary>
    public string? Curve { get; private init; }

    public IReadOnlyList<CardWidget> Widgets => [.. Pairs.Select(pair => new CardWidget(pair.Prompt, pair.After))];

    /// <summary>Copies a run's pictures to where its model lies.</summary>
    public static RunCardPictures Copy(RunFolder run)
    {
        Copier copier = new(run.Final);
        return new RunCardPictures
        {
            Pairs = CopyPairs(run, copier),
            Sheet = copier.Copy(run.BeforeAfter, Path.GetFileName(run.BeforeAfter)),
            Curve = copier.Copy(run.RewardCurve, Path.GetFileName(run.RewardCurve)),
        };
    }

    private static List<RunCardPair> CopyPairs(RunFolder run, Copier copier)
    {
        var before = ImageFolder.ReadIndex(run.Before).ToDictionary(record => record.SampleIndex);
        List<RunCardPair> pairs = [];
        foreach (var record in ImageFolder.ReadIndex(run.After))
        {
            if (copier.Copy(run.After, record, $"after_{pairs.Count}.png") is not { } after)
            {
                continue;
            }

            var earlier = before.GetValueOrDefault(record.SampleIndex) is { } candidate && candidate.Prompt == record.Prompt && candidate.Seed == record.Seed ? candidate : null;
            pairs.Add(new RunCardPair(record.Prompt, record.Seed, after, record.Reward)
            {
                Before = earlier is null ? null : copier.Copy(run.Before, earlier, $"before_{pairs.Count}.png"),
                RewardBefore = earlier?.Reward,
            });
        }

        return pairs;
    }

    private sealed class Copier(string target)
    {
        public string? Copy(string folder, ImageRecord record, string name) => record.File is { } file ? Copy(Path.Combine(folder, Path.GetFileName(file)), name) : null;

        public string? Copy(string source, string name)
        {
            if (!File.Exists(source))
            {
                return null;
            }

            Directory.CreateDirectory(Path.Combine(target, FolderName));
            File.Copy(source, Path.Combine(target, FolderName, name), overwrite: true);
            return $"{FolderName}/{name}";
        }
    }
}
