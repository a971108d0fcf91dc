
namespace Atelier.Training.Settings;

/// <summary>Says how the reward is measured on prompts that aren't trained on.</summary>
[SettingGroup("Evaluation")]
public sealed record EvaluationSettings
{
    /// <summary>Chooses prompts that aren't trained on, on which the reward is measured: a named set, or a text file with one prompt a line.</summary>
    /// <value>Default "": no evaluation.</value>
    public string Prompts { get; init; } = "";

    /// <summary>Sets the number of images of one evaluation.</summary>
    /// <value>Default 32; 1 or more.</value>
    public int Count { get; init; } = 32;

    /// <summary>Sets how many epochs lie between two evaluations.</summary>
    /// <value>Default 0: only before the first epoch and after the last; 0 or more.</value>
    public int Freq { get; init; }

    internal IEnumerable<string> Problems() => new Complaints()
        .Require(Count >= 1, $"evaluation_count must be 1 or more, not {Count}")
        .Require(Freq >= 0, $"evaluation_freq must be 0 or more, not {Freq}");
}
