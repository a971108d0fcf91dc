using System.Reflection;
using Atelier.Training.Settings;

namespace Atelier.Training.Rollouts;

/// <summary>Makes prompt functions from lists, files and the named sets of the product.</summary>
public static class Prompts
{
    private const string ResourcePrefix = "PromptSets/";
    private const string ResourceSuffix = ".txt";

    private static readonly Assembly Owner = typeof(Prompts).Assembly;

    /// <summary>Gets the names of the prompt sets that the product brings, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Owner.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => name[ResourcePrefix.Length..^ResourceSuffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Makes a prompt function that takes its prompts from a list.</summary>
    /// <param name="prompts">The prompts, at least one.</param>
    /// <param name="order">How they follow each other.</param>
    /// <param name="negativePrompts">One for each prompt; null or empty leaves them to the configuration.</param>
    /// <returns>A function without state: an image's prompt depends on its request alone. Its samples carry no metadata.</returns>
    /// <exception cref="ArgumentException">The list is empty, or there is another number of negative prompts.</exception>
    public static PromptFunction FromList(IEnumerable<string> prompts, PromptOrder order = PromptOrder.Cyclic, IReadOnlyList<string>? negativePrompts = null)
    {
        ArgumentNullException.ThrowIfNull(prompts);

        var own = negativePrompts is { Count: > 0 } ? negativePrompts : null;
        PromptSample[] samples = [.. prompts.Select((prompt, i) => new PromptSample(prompt, NegativePrompt: own?.ElementAtOrDefault(i)))];
        if (own is not null && own.Count != samples.Length)
        {
            throw new ArgumentException($"There are {own.Count} negative prompts for {samples.Length} prompts: give one for each.", nameof(negativePrompts));
        }

        if (samples.Length == 0)
        {
            throw new ArgumentException("A list of prompts needs at least one.", nameof(prompts));
        }

        return order == PromptOrder.Cyclic
            ? request => samples[request.SampleIndexInRun % samples.Length]
            : request => samples[Draw(request, samples.Length)];
    }

    /// <summary>Makes a prompt function that takes its prompts from a text file.</summary>
    /// <param name="path">A UTF-8 file with one prompt a line; empty lines and lines that start with # are skipped.</param>
    /// <param name="order">How they follow each other.</param>
    /// <returns>As <see cref="FromList"/>.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file holds no prompt.</exception>
    public static PromptFunction FromFile(string path, PromptOrder order = PromptOrder.Cyclic) => FromList(ReadFile(path), order);

    /// <summary>Makes a prompt function from one of the product's prompt sets.</summary>
    /// <param name="name">A name of <see cref="Names"/>.</param>
    /// <param name="order">How the prompts follow each other.</param>
    /// <returns>As <see cref="FromList"/>.</returns>
    /// <exception cref="ArgumentException">No set has this name.</exception>
    public static PromptFunction Named(string name, PromptOrder order = PromptOrder.Cyclic) =>
        FromList(ReadNamed(name) ?? throw new ArgumentException(ExplainUnknown(name), nameof(name)), order);

    /// <summary>Reads the prompts of a named set or of a text file.</summary>
    /// <param name="nameOrFile">A name of <see cref="Names"/>, else the path of a file as for <see cref="FromFile"/>.</param>
    /// <returns>The prompts in order, at least one.</returns>
    /// <exception cref="ArgumentException">It is neither the name of a set nor a file that exists.</exception>
    /// <exception cref="InvalidDataException">The file holds no prompt.</exception>
    public static IReadOnlyList<string> Read(string nameOrFile) =>
        Find(nameOrFile) ?? throw new ArgumentException(ExplainUnknown(nameOrFile), nameof(nameOrFile));

    // As Read, but null when there is neither a set nor a file of that name.
    internal static IReadOnlyList<string>? Find(string nameOrFile)
    {
        ArgumentNullException.ThrowIfNull(nameOrFile);

        return ReadNamed(nameOrFile) ?? (File.Exists(nameOrFile) ? ReadFile(nameOrFile) : null);
    }

    internal static string ExplainUnknown(string name) =>
        $"\"{name}\" is neither a prompt set ({string.Join(", ", Names)}) nor a file{Spelling.Suggest(name, Names)}";

    private static string[] ReadFile(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no prompt file {path}.", path);
        }

        using StreamReader reader = new(path);
        var prompts = ReadLines(reader);
        return prompts.Length > 0 ? prompts : throw new InvalidDataException($"The prompt file {path} holds no prompt.");
    }

    private static string[]? ReadNamed(string name)
    {
        using var stream = Owner.GetManifestResourceStream(ResourcePrefix + name + ResourceSuffix);
        if (stream is null)
        {
            return null;
        }

        using StreamReader reader = new(stream);
        return ReadLines(reader);
    }

    private static string[] ReadLines(TextReader reader) =>
    [
        .. reader.ReadToEnd()
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#')),
    ];

    // A uniform index from a hash of the request: no generator, hence no state to save and no dependence on batch size or process count.
    private static int Draw(PromptRequest request, int count)
    {
        const ulong Purpose = 0x70726F6D707473; // "prompts": other draws of the same seed are others
        var hash = Mix(Purpose ^ Mix((ulong)request.Seed));
        hash = Mix(hash ^ (uint)request.Epoch);
        hash = Mix(hash ^ (uint)request.SampleIndexInEpoch);
        return (int)Math.BigMul(hash, (ulong)count, out _);
    }

    // The step of SplitMix64 (Steele, Lea, Flood 2014).
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
