using System.Text.Json;
using System.Text.Json.Serialization;
using Atelier.Diffusion.Configs;

namespace Atelier.Diffusion.Schedulers;

/// <summary>A pipeline's <c>scheduler_config.json</c>, read as DDIM, whichever sampler it names.</summary>
/// <remarks>Keys that it lacks take DDIM's defaults in diffusers; so <c>clip_sample</c> is true unless the file says otherwise.</remarks>
public sealed record DdimConfig
{
    // What other samplers keep in the same file, and DDIM does not read.
    private static readonly ConfigReader Reader = new()
    {
        Harmless =
        [
            "_class_name", "_diffusers_version", "algorithm_type", "euler_at_final", "final_sigmas_type", "interpolation_type", "lambda_min_clipped",
            "lower_order_final", "sigma_max", "sigma_min", "skip_prk_steps", "solver_order", "solver_type", "timestep_type", "use_beta_sigmas",
            "use_exponential_sigmas", "use_flow_sigmas", "use_karras_sigmas", "use_lu_lambdas", "variance_type",
        ],
        Required = new Dictionary<string, object?[]>(StringComparer.Ordinal)
        {
            ["trained_betas"] = [null],
            ["beta_schedule"] = ["linear", "scaled_linear", "squaredcos_cap_v2"],
            ["prediction_type"] = ["epsilon", "sample", "v_prediction"],
            ["timestep_spacing"] = ["leading", "trailing", "linspace"],
        },
    };

    /// <summary>Gets N, the number of training timesteps.</summary>
    public int NumTrainTimesteps { get; init; } = 1000;

    /// <summary>Gets β at the first timestep.</summary>
    public double BetaStart { get; init; } = 0.0001;

    /// <summary>Gets β at the last timestep.</summary>
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>Gets how β runs: <c>linear</c>, <c>scaled_linear</c> or <c>squaredcos_cap_v2</c>.</summary>
    public string BetaSchedule { get; init; } = "linear";

    /// <summary>Gets whether the predicted x₀ is clipped.</summary>
    public bool ClipSample { get; init; } = true;

    /// <summary>Gets the bound of the clipping.</summary>
    public double ClipSampleRange { get; init; } = 1;

    /// <summary>Gets whether ᾱ beyond the last step is 1, else ᾱ₀.</summary>
    public bool SetAlphaToOne { get; init; } = true;

    /// <summary>Gets what leading spacing adds to every timestep.</summary>
    public int StepsOffset { get; init; }

    /// <summary>Gets whether the predicted x₀ is thresholded by its own quantile.</summary>
    public bool Thresholding { get; init; }

    /// <summary>Gets the quantile of the thresholding.</summary>
    public double DynamicThresholdingRatio { get; init; } = 0.995;

    /// <summary>Gets the largest threshold.</summary>
    public double SampleMaxValue { get; init; } = 1;

    /// <summary>Gets whether the schedule is rescaled so that the last timestep has no signal.</summary>
    public bool RescaleBetasZeroSnr { get; init; }

    /// <summary>Gets how steps are spread over timesteps.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<TimestepSpacing>))]
    public TimestepSpacing TimestepSpacing { get; init; } = TimestepSpacing.Leading;

    /// <summary>Gets what the network predicts.</summary>
    [JsonPropertyName("prediction_type")]
    [JsonConverter(typeof(JsonStringEnumConverter<PredictionKind>))]
    public PredictionKind Prediction { get; init; } = PredictionKind.Epsilon;

    /// <summary>Reads a <c>scheduler_config.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The facts.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no JSON object, or a value has the wrong type.</exception>
    /// <exception cref="NotSupportedException">A key has a value that changes the result and is not implemented; the message names file, key and value.</exception>
    public static DdimConfig Read(string path) => Reader.Read<DdimConfig>(path);

    /// <summary>Reads the text of a <c>scheduler_config.json</c>.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <returns>The facts.</returns>
    /// <exception cref="InvalidDataException">It is no JSON object, or a value has the wrong type.</exception>
    /// <exception cref="NotSupportedException">A key has a value that is not implemented.</exception>
    public static DdimConfig Parse(JsonElement json, string source) => Reader.Parse<DdimConfig>(json, source);
}
