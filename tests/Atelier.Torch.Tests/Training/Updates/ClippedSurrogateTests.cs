using System.Text.Json;
using Atelier.Tests.Parity;
using Atelier.Tests.Shared;
using Atelier.Training.Updates;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Training.Updates;

public class ClippedSurrogateTests
{
    private const double Absolute = 1e-6;

    public static TheoryData<int> Cases
    {
        get
        {
            using var golden = Load();
            return [.. golden.RootElement.EnumerateArray().Select(item => item.GetProperty("index").GetInt32())];
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_gradient_and_metrics_are_the_originals(int index)
    {
        using var scope = NewDisposeScope();
        using var document = Load();
        using var golden = GoldenTensors.At("loss", "ppo-clip.safetensors");
        var item = document.RootElement.EnumerateArray().First(entry => entry.GetProperty("index").GetInt32() == index);
        var limit = item.GetProperty("adv_clip_max").GetDouble();
        var logProbability = golden[$"{index}.log_prob"].requires_grad_();

        var policy = ClippedSurrogate.Compute(
            logProbability, golden[$"{index}.old_log_prob"], golden[$"{index}.advantages"].clamp(-limit, limit), item.GetProperty("clip_range").GetDouble());
        policy.Loss.backward();

        TensorAssert.Close(golden[$"{index}.loss"], policy.Loss, Absolute, "loss", 1e-6);
        TensorAssert.Close(golden[$"{index}.approx_kl"], policy.ApproximateKl, Absolute, "approx_kl", 1e-6);
        TensorAssert.Close(golden[$"{index}.clipfrac"], policy.ClipFraction, Absolute, "clipfrac");
        TensorAssert.Close(golden[$"{index}.grad"], logProbability.grad!, Absolute, "gradient");
    }

    [Fact]
    public void Equal_policies_have_no_divergence_and_the_gradient_of_plain_policy_gradients()
    {
        using var scope = NewDisposeScope();
        var advantage = tensor(new float[] { 2, -1 });
        var logProbability = tensor(new float[] { -1, -3 }).requires_grad_();
        var policy = ClippedSurrogate.Compute(logProbability, logProbability.detach(), advantage, 0.1);
        policy.Loss.backward();
        Assert.Equal(-0.5, policy.Loss.item<float>());
        Assert.Equal(0, policy.ApproximateKl.item<float>());
        Assert.Equal(0, policy.ClipFraction.item<float>());
        Assert.Equal([0f, 0f], policy.RatioDeviation.data<float>().ToArray());
        Assert.Equal([-1f, 0.5f], logProbability.grad!.data<float>().ToArray()); // −A/B
    }

    private static JsonDocument Load() => JsonDocument.Parse(File.ReadAllBytes(GoldenFolder.At("loss", "ppo-clip.json")));
}
