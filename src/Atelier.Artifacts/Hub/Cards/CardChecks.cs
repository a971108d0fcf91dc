using System.Text.RegularExpressions;

namespace Atelier.Artifacts.Hub.Cards;

/// <summary>Finds what the hub refuses in a front matter, and what it only frowns at.</summary>
internal static partial class CardChecks
{
    private static readonly string[] Relations = ["adapter", "finetune", "merge", "quantized"];

    /// <summary>Finds what the hub refuses.</summary>
    public static IEnumerable<CardComplaint> Problems(CardNode root) =>
    [
        .. Licence(root),
        .. Ids(root, CardKeys.BaseModel, "a model's id on the hub"),
        .. Ids(root, CardKeys.NewVersion, "a model's id on the hub"),
        .. Ids(root, CardKeys.Datasets, "a data set's id on the hub"),
        .. OneOf(root, CardKeys.BaseModelRelation, Relations),
        .. Words(root, CardKeys.PipelineTag, PipelineTagForm(), "a task in lower case, such as text-to-image"),
        .. Words(root, CardKeys.LibraryName, AnyText(), "a library's name"),
        .. Words(root, CardKeys.Language, LanguageForm(), "an ISO 639 code of two or three letters, such as en"),
        .. Texts(root, CardKeys.Tags).SelectMany(tag => tag.IsText ? [] : Complain(tag, CardKeys.Tags, $"{Show(tag)} is no text; put it in quotes")),
        .. Widgets(root),
        .. Results(root),
    ];

    /// <summary>Finds what the hub accepts, but hardly as it was meant.</summary>
    public static IEnumerable<CardComplaint> Warnings(CardNode root)
    {
        foreach (var tag in Texts(root, CardKeys.PipelineTag).Where(tag => tag.IsText && PipelineTagForm().IsMatch(tag.Text) && !PipelineTags.IsKnown(tag.Text)))
        {
            yield return new CardComplaint(tag.Position, $"{CardKeys.PipelineTag}: \"{tag.Text}\" is perhaps no task that the hub knows");
        }

        foreach (var (key, _) in root.Pairs.Where(pair => pair.Key.Text is "licence" or "licences" or "licenses"))
        {
            yield return new CardComplaint(key.Position, $"\"{key.Text}\" means nothing to the hub; the field is spelled {CardKeys.License}");
        }
    }

    private static IEnumerable<CardComplaint> Licence(CardNode root)
    {
        foreach (var licence in Texts(root, CardKeys.License))
        {
            if (!licence.IsText || !CardLicenses.IsKnown(licence.Text))
            {
                yield return new CardComplaint(
                    licence.Position,
                    $"{CardKeys.License}: {Show(licence)} is no licence identifier of the hub (https://huggingface.co/docs/hub/repositories-licenses); "
                    + $"for another licence write {CardKeys.License}: {CardLicenses.Other} with {CardKeys.LicenseName} and {CardKeys.LicenseLink}");
            }
            else if (licence.Text == CardLicenses.Other)
            {
                foreach (var key in (string[])[CardKeys.LicenseName, CardKeys.LicenseLink])
                {
                    if (root.Find(key) is null or { IsNothing: true })
                    {
                        yield return new CardComplaint(licence.Position, $"{CardKeys.License}: {CardLicenses.Other} needs {key}");
                    }
                }
            }
        }

        foreach (var link in Texts(root, CardKeys.LicenseLink).Where(link => !IsPlace(link)))
        {
            yield return new CardComplaint(link.Position, $"{CardKeys.LicenseLink}: {Show(link)} is neither a URL nor a file of the repository such as LICENSE");
        }
    }

    private static IEnumerable<CardComplaint> Ids(CardNode root, string key, string what) =>
        Texts(root, key).Where(id => !id.IsText || !HubRepositoryId.TryParse(id.Text, out _)).SelectMany(id => Complain(
            id,
            key,
            LooksLikePath(id.Text) ? $"{Show(id)} is a path; it must be {what}, or be left out" : $"{Show(id)} is not {what}, such as name/model"));

    private static IEnumerable<CardComplaint> OneOf(CardNode root, string key, string[] values) =>
        Texts(root, key).Where(value => !values.Contains(value.Text, StringComparer.Ordinal)).SelectMany(value => Complain(value, key, $"{Show(value)} is none of {string.Join(", ", values)}"));

    private static IEnumerable<CardComplaint> Words(CardNode root, string key, Regex form, string what) =>
        Texts(root, key).Where(word => !word.IsText || !form.IsMatch(word.Text)).SelectMany(word => Complain(word, key, $"{Show(word)} is not {what}"));

    private static IEnumerable<CardComplaint> Widgets(CardNode root)
    {
        var widget = root.Find(CardKeys.Widget);
        if (widget is { Kind: CardNodeKind.Scalar or CardNodeKind.Map, IsNothing: false })
        {
            return Complain(widget, CardKeys.Widget, "it must be a list of examples");
        }

        return (widget?.Items ?? []).SelectMany(item =>
        {
            if (item.Kind is not (CardNodeKind.Map or CardNodeKind.Alias))
            {
                return Complain(item, CardKeys.Widget, "each example must be a mapping, such as text and output");
            }

            var text = item.Find("text");
            var url = item.Find("output")?.Find("url");
            return [
                .. text is null or { IsText: true } or { Kind: CardNodeKind.Alias } ? [] : Complain(text, CardKeys.Widget, $"the text {Show(text)} must be in quotes"),
                .. url is null or { Kind: CardNodeKind.Alias } || IsPlace(url) ? [] : Complain(url, CardKeys.Widget, $"{Show(url)} is neither a URL nor a file of the repository"),
            ];
        });
    }

    // Names and results of evaluations; what is in a result is the hub's to judge.
    private static IEnumerable<CardComplaint> Results(CardNode root) => root.Find(CardKeys.ModelIndex) switch
    {
        null or { Kind: CardNodeKind.Alias } or { IsNothing: true } => [],
        { Kind: CardNodeKind.List } list => list.Items
            .Where(item => item.Kind != CardNodeKind.Alias && (item.Find("name") is not { IsText: true } || item.Find("results") is not { Kind: CardNodeKind.List or CardNodeKind.Alias }))
            .SelectMany(item => Complain(item, CardKeys.ModelIndex, "each entry needs a name and a list of results")),
        var other => Complain(other, CardKeys.ModelIndex, "it must be a list"),
    };

    // Fields that the hub takes as one text or as a list. A mapping in their place is returned too, and is then no text.
    private static IEnumerable<CardNode> Texts(CardNode root, string key) => root.Find(key) switch
    {
        null or { IsNothing: true } or { Kind: CardNodeKind.Alias } => [],
        { Kind: CardNodeKind.List } list => list.Items.Where(item => item.Kind != CardNodeKind.Alias),
        var single => [single],
    };

    // The repository's own files by a relative path that stays inside; everything else by a web address.
    private static bool IsPlace(CardNode node) => node.IsText && (
        (Uri.TryCreate(node.Text, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" && node.Text.Contains("://", StringComparison.Ordinal))
        || (node.Text.Length > 0 && !node.Text.AsSpan().ContainsAny('\\', ':') && !node.Text.Split('/').Any(part => part is "" or "." or ".." or "~")));

    private static bool LooksLikePath(string text) =>
        text is ['.' or '~' or '/', ..] or [_, ':', ..] || text.Contains('\\', StringComparison.Ordinal) || text.AsSpan().Count('/') > 1;

    private static CardComplaint[] Complain(CardNode node, string key, string message) => [new CardComplaint(node.Position, $"{key}: {message}")];

    private static string Show(CardNode node) => node.Kind == CardNodeKind.Scalar ? YamlText.Quote(node.Text) : "a list or mapping";

    [GeneratedRegex(@"^[a-z0-9]+(-[a-z0-9]+)*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex PipelineTagForm();

    [GeneratedRegex(@"^([a-z]{2,3}(-[A-Za-z0-9]+)*|code|multilingual)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex LanguageForm();

    [GeneratedRegex(@"[^\s]", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex AnyText();
}
