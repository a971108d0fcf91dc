using Atelier.Training.Settings;

namespace Atelier.Training.Ddpo;

/// <summary>Says which weights are trained: low-rank adapters (LoRA) or the whole UNet.</summary>
[SettingGroup("LoRA")]
public sealed record LoraConfig
{
    /// <summary>The target that stands for the four projections of every attention.</summary>
    public const string AttentionTarget = "attention";

    /// <summary>The target that stands for every linear layer and convolution of the blocks.</summary>
    public const string AllTarget = "all";

    /// <summary>Trains low-rank adapters instead of every weight of the UNet.</summary>
    /// <value>Default true (the default of TRL's script).</value>
    [SettingName("use_lora")]
    public bool Enabled { get; init; } = true;

    /// <summary>Sets the rank of the adapters.</summary>
    /// <value>Default 4 (TRL's); 1 or more.</value>
    public int Rank { get; init; } = 4;

    /// <summary>Sets the strength of the adapters: their product is scaled by this number over the rank.</summary>
    /// <value>Default 4 (TRL's); above 0.</value>
    public double Alpha { get; init; } = 4;

    /// <summary>Chooses the layers that get an adapter: <c>attention</c>, <c>all</c> (every linear layer and convolution of the blocks), or ends of layer names such as <c>to_q</c>.</summary>
    /// <value>Default attention (TRL's: to_q, to_k, to_v and to_out.0); one or more. A small model learns much faster with <c>all</c>.</value>
    [CommaSeparated]
    public IReadOnlyList<string> Targets { get; init; } = [AttentionTarget];

    internal IEnumerable<string> Problems() => new Complaints()
        .Require(Rank >= 1, $"lora_rank must be 1 or more, not {Rank}")
        .RequirePositive(Alpha, "lora_alpha")
        .Require(Targets.Count > 0, "lora_targets must name at least one target: attention, all, or ends of layer names")
        .Require(Targets.All(target => !string.IsNullOrWhiteSpace(target)), "lora_targets has an empty name in it")
        .Require(
            Targets.Count <= 1 || !Targets.Any(target => target is AttentionTarget or AllTarget),
            $"lora_targets: attention and all stand alone, not in a list ({string.Join(", ", Targets)})");
}
