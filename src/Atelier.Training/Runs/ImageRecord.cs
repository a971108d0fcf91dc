using System.Text.Json.Serialization;

namespace Atelier.Training.Runs;

/// <summary>One line of an <c>index.jsonl</c>: with the model as it was then, and the run's settings of sampling, the picture can be made again.</summary>
public sealed record ImageRecord
{
    /// <summary>Gets the prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>Gets the reward; null where none was computed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? Reward { get; init; }

    /// <summary>Gets the seed, on which alone the picture's noise depends.</summary>
    public required long Seed { get; init; }

    /// <summary>Gets the picture's file in the same folder; null when the picture was not saved.</summary>
    public string? File { get; init; }

    /// <summary>Gets the epoch, from 0; null for a picture that was made outside of one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Epoch { get; init; }

    /// <summary>Gets the picture's number in the epoch, from 0.</summary>
    public int SampleIndex { get; init; }
}
