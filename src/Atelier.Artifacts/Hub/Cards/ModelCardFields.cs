namespace Atelier.Artifacts.Hub.Cards;

/// <summary>Holds the fields of a card's front matter that a training result has. A field that isn't said isn't written.</summary>
/// <remarks>What each means to the hub: https://huggingface.co/docs/hub/model-cards.</remarks>
public sealed record ModelCardFields
{
    /// <summary>The tag that makes the page's code snippet load the base model and then this repository as a LoRA. A full pipeline must not have it.</summary>
    public const string LoraTag = "lora";

    /// <summary>Gets the model on the hub that was trained, such as <c>stable-diffusion-v1-5/stable-diffusion-v1-5</c>.</summary>
    /// <value>Default null, for a base that isn't on the hub; never a folder.</value>
    public string? BaseModel { get; init; }

    /// <summary>Gets what the model is to its base: <c>adapter</c> for a LoRA, <c>finetune</c> for a whole model.</summary>
    /// <value>Default null: the hub guesses.</value>
    public string? BaseModelRelation { get; init; }

    /// <summary>Gets the library that loads the model.</summary>
    /// <value>Default null, which leaves the page without a snippet; <c>diffusers</c> for a pipeline or its LoRA.</value>
    public string? LibraryName { get; init; }

    /// <summary>Gets the task, such as <c>text-to-image</c>.</summary>
    /// <value>Default null.</value>
    public string? PipelineTag { get; init; }

    /// <summary>Gets the licence's identifier, one of <see cref="CardLicenses.Identifiers"/>; that of a fine-tuned model is its base's.</summary>
    /// <value>Default null, when it isn't known.</value>
    public string? License { get; init; }

    /// <summary>Gets the name of a licence that has no identifier of its own; for the identifier <c>other</c>.</summary>
    /// <value>Default null.</value>
    public string? LicenseName { get; init; }

    /// <summary>Gets where the text of such a licence is: a URL, or a file of the repository such as <c>LICENSE</c>.</summary>
    /// <value>Default null.</value>
    public string? LicenseLink { get; init; }

    /// <summary>Gets the tags by which the model is found.</summary>
    /// <value>Default none.</value>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Gets the data sets on the hub that the model was trained on.</summary>
    /// <value>Default none.</value>
    public IReadOnlyList<string> Datasets { get; init; } = [];

    /// <summary>Gets the examples that the page shows, where the body says <c>&lt;Gallery /&gt;</c>.</summary>
    /// <value>Default none.</value>
    public IReadOnlyList<CardWidget> Widget { get; init; } = [];

    internal static ModelCardFields From(CardNode? root) => new()
    {
        BaseModel = Text(root, CardKeys.BaseModel),
        BaseModelRelation = Text(root, CardKeys.BaseModelRelation),
        LibraryName = Text(root, CardKeys.LibraryName),
        PipelineTag = Text(root, CardKeys.PipelineTag),
        License = Text(root, CardKeys.License),
        LicenseName = Text(root, CardKeys.LicenseName),
        LicenseLink = Text(root, CardKeys.LicenseLink),
        Tags = Texts(root, CardKeys.Tags),
        Datasets = Texts(root, CardKeys.Datasets),
        Widget = [.. (root?.Find(CardKeys.Widget)?.Items ?? [])
            .Select(item => (Text: item.Find("text"), Url: item.Find("output")?.Find("url")))
            .Where(pair => pair is { Text.Kind: CardNodeKind.Scalar, Url.Kind: CardNodeKind.Scalar })
            .Select(pair => new CardWidget(pair.Text!.Text, pair.Url!.Text))],
    };

    /// <summary>Writes the fields that are said.</summary>
    internal string ToYaml()
    {
        (string Key, string? Value)[] single =
        [
            (CardKeys.BaseModel, BaseModel),
            (CardKeys.BaseModelRelation, BaseModelRelation),
            (CardKeys.LibraryName, LibraryName),
            (CardKeys.PipelineTag, PipelineTag),
            (CardKeys.License, License),
            (CardKeys.LicenseName, LicenseName),
            (CardKeys.LicenseLink, LicenseLink),
        ];
        return string.Concat(
        [
            .. single.Where(field => field.Value is not null).Select(field => YamlText.Line(field.Key, field.Value!)),
            Tags.Count == 0 ? "" : YamlText.List(CardKeys.Tags, Tags),
            Datasets.Count == 0 ? "" : YamlText.List(CardKeys.Datasets, Datasets),
            Widget.Count == 0 ? "" : $"{CardKeys.Widget}:\n",
            .. Widget.Select(widget => $"- text: {YamlText.Quote(widget.Text)}\n  output:\n    url: {YamlText.Scalar(widget.ImageUrl)}\n"),
        ]);
    }

    // The hub takes one text where it takes a list of them.
    private static IReadOnlyList<string> Texts(CardNode? root, string key) => root?.Find(key) switch
    {
        { Kind: CardNodeKind.Scalar, IsNothing: false } single => [single.Text],
        { Kind: CardNodeKind.List } list => [.. list.Items.Where(item => item.Kind == CardNodeKind.Scalar).Select(item => item.Text)],
        _ => [],
    };

    private static string? Text(CardNode? root, string key) => Texts(root, key) is [var first, ..] ? first : null;
}
