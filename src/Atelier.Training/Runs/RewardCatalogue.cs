using Atelier.Rewards;
using Atelier.Rewards.Scenes;
using Atelier.Training.Settings;
using RewardFactory = Atelier.Rewards.Rewards;

namespace Atelier.Training.Runs;

/// <summary>Knows the rewards that can be chosen by name.</summary>
public static class RewardCatalogue
{
    private const string Caption = "caption";
    private const string ColourPrefix = "colour:";
    private const string ColourSuffix = "ness";

    private static readonly Dictionary<string, Func<IReward>> Simple = CreateSimple();

    /// <summary>Gets the names; a colour may also be written <c>colour:blue</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Simple.Keys, Caption];

    /// <summary>Tells whether a name stands for a reward.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True for a name of <see cref="Names"/>, and for <c>colour:</c> with a colour's name.</returns>
    public static bool IsKnown(string name) => NeedsJudge(name) || Simple.ContainsKey(Resolve(name));

    /// <summary>Tells whether a reward looks at pictures with the judge that lies beside a model.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True for <c>caption</c>.</returns>
    public static bool NeedsJudge(string name) => string.Equals(name, Caption, StringComparison.Ordinal);

    /// <summary>Says that no reward has a name.</summary>
    /// <param name="name">The unknown name.</param>
    /// <returns>A sentence without its full stop, with the names that exist and the one that was probably meant.</returns>
    public static string ExplainUnknown(string name) =>
        $"unknown reward \"{name}\" (known: {string.Join(", ", Names)}){Spelling.Suggest(name, Names)}";

    /// <summary>Finds what keeps a reward from being used with a model and prompts, before any weight is read.</summary>
    /// <param name="name">A known name.</param>
    /// <param name="modelFolder">The model's folder.</param>
    /// <param name="prompts">Every prompt whose pictures will be scored.</param>
    /// <returns>One sentence for each complaint.</returns>
    public static IEnumerable<string> Problems(string name, string modelFolder, IEnumerable<string> prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (!NeedsJudge(name))
        {
            return [];
        }

        List<string> found = [];
        if (!File.Exists(JudgePath(modelFolder)))
        {
            found.Add($"reward: caption needs a judge of the model's world, and {modelFolder} has none ({ModelLocator.JudgeFile} beside model_index.json): use another reward");
        }

        found.AddRange(prompts.Distinct(StringComparer.Ordinal).Where(prompt => !CaptionFollowingReward.CanJudge(prompt)).Select(prompt =>
            $"reward: caption can't judge the prompt \"{prompt}\": it names no shape, colour, place or background that the judge knows"));
        return found;
    }

    /// <summary>Makes a reward.</summary>
    /// <param name="name">A known name.</param>
    /// <param name="modelFolder">The model's folder, where a judge lies.</param>
    /// <returns>The reward; the caller disposes it after its last use.</returns>
    /// <exception cref="ArgumentException">No reward has this name.</exception>
    /// <exception cref="FileNotFoundException">The model has no judge.</exception>
    public static NamedReward Create(string name, string modelFolder)
    {
        if (NeedsJudge(name))
        {
            return NamedReward.WithJudge(JudgePath(modelFolder));
        }

        return Simple.TryGetValue(Resolve(name), out var create)
            ? new NamedReward(create(), judge: null)
            : throw new ArgumentException(ExplainUnknown(name), nameof(name));
    }

    /// <summary>Says in words what a reward wants.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The words; null when no reward has this name.</returns>
    public static RewardDescription? Describe(string name)
    {
        if (NeedsJudge(name))
        {
            return RewardDescriptions.Caption;
        }

        return Resolve(name) switch
        {
            var resolved when !Simple.ContainsKey(resolved) => null,
            "compressibility" => RewardDescriptions.Compressibility,
            "incompressibility" => RewardDescriptions.Incompressibility,
            var resolved => RewardDescriptions.OfColour(resolved[..^ColourSuffix.Length]),
        };
    }

    private static string JudgePath(string modelFolder) => Path.Combine(modelFolder, ModelLocator.JudgeFile);

    private static string Resolve(string name)
    {
        ArgumentNullException.ThrowIfNull(name);

        return name.StartsWith(ColourPrefix, StringComparison.Ordinal) ? name[ColourPrefix.Length..] + ColourSuffix : name;
    }

    private static Dictionary<string, Func<IReward>> CreateSimple()
    {
        Dictionary<string, Func<IReward>> rewards = new(StringComparer.Ordinal)
        {
            ["compressibility"] = RewardFactory.JpegCompressibility,
            ["incompressibility"] = RewardFactory.JpegIncompressibility,
        };
        foreach (var colour in SceneGrammar.Colours)
        {
            rewards[SceneGrammar.Word(colour) + ColourSuffix] = () => RewardFactory.Colour(colour);
        }

        return rewards;
    }
}
