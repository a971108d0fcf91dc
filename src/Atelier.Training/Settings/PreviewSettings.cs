
namespace Atelier.Training.Settings;

/// <summary>Says which pictures show the model before and after a run, side by side.</summary>
[SettingGroup("Before and after")]
public sealed record PreviewSettings
{
    /// <summary>Gives the prompts of the pictures made before and after training.</summary>
    /// <value>Default none: the first prompts that are trained on.</value>
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>Sets the number of pictures, before and after each.</summary>
    /// <value>Default 8; 0 or more. At 0 there are none.</value>
    public int Count { get; init; } = 8;

    /// <summary>Sets the seed of the pictures, so that before and after start from the same noise.</summary>
    /// <value>Default 7; any whole number.</value>
    public long Seed { get; init; } = 7;

    internal IEnumerable<string> Problems() => new Complaints()
        .Require(Count >= 0, $"preview_count must be 0 or more, not {Count}");
}
