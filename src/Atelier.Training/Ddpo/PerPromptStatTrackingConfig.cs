using Atelier.Training.Settings;

namespace Atelier.Training.Ddpo;

/// <summary>Says whether rewards are compared within a prompt or within the whole epoch.</summary>
[SettingGroup("Advantages")]
public sealed record PerPromptStatTrackingConfig
{
    /// <summary>Compares each reward with the recent rewards of the same prompt, not with the whole epoch's.</summary>
    /// <value>Default false (TRL's). Worth it whenever some prompts earn more than others by themselves.</value>
    public bool Enabled { get; init; }

    /// <summary>Sets how many recent rewards of a prompt are remembered.</summary>
    /// <value>Default 16 (TRL's); 1 or more.</value>
    public int BufferSize { get; init; } = 16;

    /// <summary>Sets how many rewards of a prompt are needed before they are used; until then the whole epoch's are.</summary>
    /// <value>Default 16 (TRL's); from 1 to <see cref="BufferSize"/>.</value>
    public int MinCount { get; init; } = 16;

    internal IEnumerable<string> Problems() => new Complaints()
        .Require(BufferSize >= 1, $"per_prompt_stat_tracking_buffer_size must be 1 or more, not {BufferSize}")
        .Require(MinCount >= 1, $"per_prompt_stat_tracking_min_count must be 1 or more, not {MinCount}")
        .Require(
            !Enabled || BufferSize < 1 || MinCount <= BufferSize,
            $"per_prompt_stat_tracking_min_count ({MinCount}) must be at most per_prompt_stat_tracking_buffer_size ({BufferSize}): a buffer never holds more, so no prompt's own rewards would ever be used");
}
