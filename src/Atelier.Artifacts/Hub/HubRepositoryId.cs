using System.Diagnostics.CodeAnalysis;

namespace Atelier.Artifacts.Hub;

/// <summary>Names a model repository on the hub: <c>namespace/name</c>, or one old name without a namespace such as <c>gpt2</c>.</summary>
public sealed record HubRepositoryId
{
    private const int MaximumPartLength = 96;

    private HubRepositoryId(string? @namespace, string name) => (Namespace, Name) = (@namespace, name);

    /// <summary>Gives the user or organisation, or null for an old name without one.</summary>
    public string? Namespace { get; }

    /// <summary>Gives the repository's own name.</summary>
    public string Name { get; }

    /// <summary>Reads an id.</summary>
    /// <param name="text">The text, such as <c>stable-diffusion-v1-5/stable-diffusion-v1-5</c>.</param>
    /// <returns>The id.</returns>
    /// <exception cref="HubException">The text is no id; nothing may be asked or written under such a name.</exception>
    public static HubRepositoryId Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var id)
            ? id
            : throw new HubException(
                HubErrorKind.InvalidName,
                $"'{HubText.Shown(text)}' is not the id of a repository: expected 'namespace/name', each part 1 to {MaximumPartLength} of A-Z a-z 0-9 . _ - without '-' or '.' at an end, '--', '..' or a final '.git'.");
    }

    /// <summary>Reads an id if the text is one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="id">The id, or null.</param>
    /// <returns>Whether the text is an id.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out HubRepositoryId? id)
    {
        id = null;
        var parts = (text ?? "").Split('/');
        if (parts.Length > 2 || !Array.TrueForAll(parts, IsPart))
        {
            return false;
        }

        id = parts.Length == 2 ? new HubRepositoryId(parts[0], parts[1]) : new HubRepositoryId(@namespace: null, parts[0]);
        return true;
    }

    /// <summary>Gives the id as it is written.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Namespace is null ? Name : $"{Namespace}/{Name}";

    private static bool IsPart(string part) => part.Length is > 0 and <= MaximumPartLength
        && part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-')
        && part[0] is not ('-' or '.') && part[^1] is not ('-' or '.')
        && !part.Contains("--", StringComparison.Ordinal) && !part.Contains("..", StringComparison.Ordinal)
        && !part.EndsWith(".git", StringComparison.Ordinal);
}
