namespace Atelier.Artifacts.Hub.Cards;

/// <summary>The names of the front matter's fields that Atelier writes or checks.</summary>
internal static class CardKeys
{
    public const string BaseModel = "base_model";
    public const string BaseModelRelation = "base_model_relation";
    public const string LibraryName = "library_name";
    public const string PipelineTag = "pipeline_tag";
    public const string License = "license";
    public const string LicenseName = "license_name";
    public const string LicenseLink = "license_link";
    public const string Tags = "tags";
    public const string Datasets = "datasets";
    public const string Language = "language";
    public const string NewVersion = "new_version";
    public const string Widget = "widget";
    public const string ModelIndex = "model-index";
}
