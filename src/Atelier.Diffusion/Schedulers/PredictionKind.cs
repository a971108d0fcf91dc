using System.Text.Json.Serialization;

namespace Atelier.Diffusion.Schedulers;

/// <summary>What the network predicts.</summary>
public enum PredictionKind
{
    /// <summary>The noise ε.</summary>
    Epsilon,

    /// <summary>The clean latents x₀.</summary>
    Sample,

    /// <summary>The velocity v = √ᾱ·ε − √(1−ᾱ)·x₀.</summary>
    [JsonStringEnumMemberName("v_prediction")]
    Velocity,
}
