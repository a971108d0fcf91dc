using System.Text.Json;
using Atelier.Diffusion.Schedulers;
using Atelier.Tests.Shared;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Parity;

public class SchedulerParityTests
{
    public static TheoryData<int> Cases
    {
        get
        {
            using var document = Load();
            return [.. document.RootElement.EnumerateArray().Select(item => item.GetProperty("index").GetInt32())];
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Steps_and_log_probabilities_are_the_originals(int index)
    {
        using var scope = NewDisposeScope();
        using var document = Load();
        using var golden = GoldenTensors.At("scheduler", "ddim-logprob.safetensors");
        var item = document.RootElement.EnumerateArray().First(entry => entry.GetProperty("index").GetInt32() == index);
        var config = ConfigOf(item);
        using var scheduler = new DdimScheduler(config, item.GetProperty("num_inference_steps").GetInt32(), item.GetProperty("eta").GetDouble());

        Assert.Equal(golden[$"{index}.timesteps"].data<long>().ToArray(), scheduler.Timesteps.Select(t => (long)t));
        Assert.Equal(golden[$"{index}.alphas_cumprod"].data<float>().ToArray(), scheduler.Schedule.Alphas.ToArray());
        foreach (var step in item.GetProperty("step_indices").EnumerateArray().Select(value => value.GetInt32()))
        {
            CompareStep(golden, scheduler, $"{index}.{step}", step);
        }
    }

    [Fact]
    public void Zero_terminal_snr_with_full_noise_stays_finite() // NaN in the original: the radicand is -6e-8
    {
        using var scope = NewDisposeScope();
        var config = new DdimConfig { BetaStart = 0.00085, BetaEnd = 0.012, BetaSchedule = "scaled_linear", ClipSample = false, SetAlphaToOne = false, TimestepSpacing = TimestepSpacing.Trailing, RescaleBetasZeroSnr = true, Prediction = PredictionKind.Velocity };
        using var scheduler = new DdimScheduler(config, 25, 1);
        var step = Ddim.Step(config, scheduler.At(0), randn(3, 4, 8, 8), randn(3, 4, 8, 8));
        Assert.True(step.Sample(randn(3, 4, 8, 8)).isfinite().all().item<bool>());
    }

    private static void CompareStep(GoldenTensors golden, DdimScheduler scheduler, string key, int index)
    {
        var result = Ddim.Step(scheduler.Config, scheduler.At(index), golden[$"{key}.sample"], golden[$"{key}.model_output"]);
        var free = result.Sample(golden[$"{key}.noise"]);
        Compare(golden[$"{key}.free_latents"], free, Tolerance.StepLatents, 0, $"{key}.free_latents");
        Compare(golden[$"{key}.free_log_prob"], result.LogProbability(free), Tolerance.LogProbability, 0, $"{key}.free_log_prob");
        Compare(golden[$"{key}.given_log_prob"], result.LogProbability(golden[$"{key}.next"]), Tolerance.GivenLogProbabilityAbsolute, Tolerance.GivenLogProbabilityRelative, $"{key}.given_log_prob");
    }

    // The original is NaN where the variance is zero, or the radicand negative: only there, nothing is compared.
    private static void Compare(Tensor expected, Tensor actual, double absolute, double relative, string what)
    {
        if (expected.isfinite().all().item<bool>())
        {
            TensorAssert.Close(expected, actual, absolute, what, relative);
        }
    }

    private static DdimConfig ConfigOf(JsonElement item) => DdimConfig.Parse(JsonSerializer.SerializeToElement(item.EnumerateObject().Where(entry => entry.Name is not ("index" or "eta" or "num_inference_steps" or "step_indices")).ToDictionary(entry => entry.Name, entry => entry.Value)), "ddim-logprob.json") with
    {
        BetaStart = 0.00085,
        BetaEnd = 0.012,
        BetaSchedule = "scaled_linear",
    };

    private static JsonDocument Load() => JsonDocument.Parse(File.ReadAllBytes(GoldenFolder.At("scheduler", "ddim-logprob.json")));
}
