using System.Text;

namespace Atelier.Artifacts.Hub.Cards;

/// <summary>A model's card: the <c>README.md</c> of a repository, with a front matter of fields in YAML and a body in Markdown.</summary>
/// <remarks>
/// A card that was read is written again byte for byte, but for a byte-order mark, which would hide the front matter from others. What the hub takes for a front matter:
/// the first thing in the file is a line of three dashes, then comes a mapping, then another such line.
/// </remarks>
public sealed class ModelCard
{
    /// <summary>The name of the file, at the root of a repository.</summary>
    public const string FileName = "README.md";

    private const int MaximumByteCount = 4 * 1024 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly CardLayout _layout;
    private readonly FrontMatter _frontMatter;

    private ModelCard(CardLayout layout)
    {
        _layout = layout;
        _frontMatter = FrontMatter.Parse(layout.Yaml);
        Fields = ModelCardFields.From(_frontMatter.Root);
    }

    /// <summary>Gets the fields that Atelier knows; those that can't be read are left out.</summary>
    public ModelCardFields Fields { get; }

    /// <summary>Gets everything behind the front matter.</summary>
    public string Body => _layout.Body;

    /// <summary>Makes a new card.</summary>
    /// <param name="fields">The front matter.</param>
    /// <param name="body">The text, in Markdown.</param>
    /// <returns>The card.</returns>
    public static ModelCard Create(ModelCardFields fields, string body)
    {
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentNullException.ThrowIfNull(body);

        return new ModelCard(new CardLayout("---\n", fields.ToYaml(), "---\n", body.Length == 0 ? "" : "\n" + body));
    }

    /// <summary>Takes a card apart. A malformed one is read as far as that goes: <see cref="Problems"/> says what is wrong with it.</summary>
    /// <param name="text">The file's text.</param>
    /// <returns>The card.</returns>
    public static ModelCard Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        return new ModelCard(CardLayout.Of(text.TrimStart('\uFEFF')));
    }

    /// <summary>Reads a card.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The card.</returns>
    /// <exception cref="InvalidDataException">The file is not UTF-8, or longer than 4 MiB; the message names it.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ModelCard Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);

        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        if (stream.Length > MaximumByteCount)
        {
            throw new InvalidDataException($"{path} has {stream.Length} bytes; a model card of at most {MaximumByteCount} is accepted.");
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        try
        {
            return Parse(Strict.GetString(bytes));
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"{path} is not valid UTF-8 (byte {exception.Index}).", exception);
        }
    }

    /// <summary>Brings a card that somebody may have edited up to date.</summary>
    /// <remarks>
    /// The fields of <paramref name="ours"/> take the place of those with the same names; all other fields, their order, comments and the body stay as they are. Tags are added
    /// to those that are there, only <c>lora</c> also goes when ours lacks it; a licence's name and link go with the licence that they belong to. To replace a card instead, write ours.
    /// </remarks>
    /// <param name="existing">The card that is there.</param>
    /// <param name="ours">The card that Atelier would write.</param>
    /// <param name="keepsLicense">Whether a licence that is there stays, with its name and link, whatever ours says.</param>
    /// <returns>The card to write.</returns>
    /// <exception cref="InvalidDataException">The front matter that is there can't be read; the message has the line.</exception>
    public static ModelCard Merge(ModelCard existing, ModelCard ours, bool keepsLicense = false)
    {
        ArgumentNullException.ThrowIfNull(existing);
        ArgumentNullException.ThrowIfNull(ours);

        if (existing.FindMalformation() is { } malformation)
        {
            throw new InvalidDataException($"The card that is there can't be updated: {malformation}. Mend or replace it.");
        }

        var layout = existing._layout;
        var body = layout.Body.AsSpan().Trim().IsEmpty ? ours.Body : layout.Body;
        var merged = new CardMerge(existing._frontMatter, ours._frontMatter, layout.LineEnd, keepsLicense).Run();
        ModelCard result = new(layout.Opening.Length > 0
            ? layout with { Yaml = merged.Text, Body = body }
            : new CardLayout("---" + layout.LineEnd, merged.Text, "---" + layout.LineEnd, (body is ['\r' or '\n', ..] ? "" : layout.LineEnd) + body));

        // Lines were replaced without regard to anchors, which a field of theirs may refer to.
        return result.FindMalformation() is { } broken
            ? throw new InvalidDataException($"The card that is there can't be updated field by field: {broken}. Replace it.")
            : result;
    }

    /// <summary>Makes the same card with another body.</summary>
    /// <param name="body">Everything behind the front matter.</param>
    /// <returns>The card.</returns>
    public ModelCard WithBody(string body)
    {
        ArgumentNullException.ThrowIfNull(body);

        return new ModelCard(_layout with { Body = body });
    }

    /// <summary>Finds what the hub would refuse. It has the last word: it checks more, and its lists grow.</summary>
    /// <returns>One sentence for each complaint, with the line; none for a card without front matter.</returns>
    public IReadOnlyList<string> Problems() => FindMalformation() is { } malformation
        ? [malformation]
        : [.. (_frontMatter.Root is { } root ? CardChecks.Problems(root) : []).Select(Describe)];

    /// <summary>Finds what the hub would accept, but hardly as it was meant.</summary>
    /// <returns>One sentence for each.</returns>
    public IReadOnlyList<string> Warnings()
    {
        if (FindMalformation() is not null)
        {
            return [];
        }

        return _frontMatter.Root is { } root
            ? [.. CardChecks.Warnings(root).Select(Describe)]
            : [$"{FileName} has no front matter: the hub will know neither licence nor base model"];
    }

    /// <summary>Writes the card as UTF-8 without a byte-order mark. It is written whole or not at all.</summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Write(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);

        AtomicFile.Write(path, stream => stream.Write(Strict.GetBytes(ToString())));
    }

    /// <summary>Gives the file's text.</summary>
    /// <returns>Front matter and body.</returns>
    public override string ToString() => _layout.ToString();

    private string? FindMalformation() => _layout.IsUnclosed
        ? $"{FileName}, line 1: the front matter that begins with --- is not closed by a line with only ---"
        : _frontMatter.Complaint is { } complaint ? Describe(complaint) : null;

    private string Describe(CardComplaint complaint) => $"{FileName}, line {_layout.LineAt(complaint.Position)}: {complaint.Message}";
}
