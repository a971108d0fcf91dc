using Atelier.Diffusion.Adapters;
using Atelier.Tests.Shared;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Parity;

public class RunParityTests
{
    public static TheoryData<string> Runs => [.. GoldenFolder.Files("runs", "*.json").Select(path => Path.GetFileNameWithoutExtension(path))];

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_whole_run_is_the_originals(string name) => Compare(name, LoraComputation.Automatic);

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_whole_run_is_the_originals_with_side_branches(string name)
    {
        if (!name.StartsWith("full", StringComparison.Ordinal))
        {
            Compare(name, LoraComputation.SideBranch);
        }
    }

    private static void Compare(string name, LoraComputation computation)
    {
        using var scope = NewDisposeScope();
        using var run = new GoldenRun(name, computation);
        run.Replay();
        CompareSamples(run);
        CompareLog(run);
        CompareFirstGradients(run);
        CompareFinalUpdate(run);
    }

    private static void CompareSamples(GoldenRun run)
    {
        for (var i = 0; i < run.Recording.Batches.Count; i++)
        {
            var (epoch, batch) = (i / run.Config.Sample.NumBatchesPerEpoch, i % run.Config.Sample.NumBatchesPerEpoch);
            var actual = run.Recording.Batches[i];
            var steps = run.Config.Sample.NumSteps;
            var key = $"samples.{epoch}.{batch}";
            TensorAssert.Close(run.Tensors[$"{key}.latents"], actual.Latents.slice(1, 0, steps, 1), Tolerance.RunLatents, $"{key}.latents");
            TensorAssert.Close(run.Tensors[$"{key}.next_latents"], actual.Latents.slice(1, 1, steps + 1, 1), Tolerance.RunLatents, $"{key}.next_latents");
            TensorAssert.Close(run.Tensors[$"{key}.log_probs"], actual.LogProbabilities, Tolerance.LogProbability, $"{key}.log_probs");
            if (run.Tensors.Has($"images.{i}"))
            {
                TensorAssert.Close(run.Tensors[$"images.{i}"], actual.Images, Tolerance.Images, $"images.{i}");
            }
        }
    }

    private static void CompareLog(GoldenRun run)
    {
        var rewards = run.Tracker.Records.Where(record => record.Kind == "rewards").ToList();
        var updates = run.Tracker.Records.Where(record => record.Kind == "update").ToList();
        var expectedRewards = run.Log.Where(item => item.TryGetProperty("reward_mean", out _)).ToList();
        var expectedUpdates = run.Log.Where(item => item.TryGetProperty("loss", out _)).ToList();
        var norms = run.Log.Where(item => item.TryGetProperty("grad_norm", out _)).ToList();
        Assert.Equal(expectedRewards.Count, rewards.Count);
        Assert.Equal(expectedUpdates.Count, updates.Count);
        for (var i = 0; i < rewards.Count; i++)
        {
            Assert.Equal(expectedRewards[i].GetProperty("step").GetInt64(), rewards[i].Step);
            Near(expectedRewards[i].GetProperty("reward_mean").GetDouble(), rewards[i]["reward_mean"].Number, Tolerance.Rewards, 0, $"reward_mean {i}");
            Near(expectedRewards[i].GetProperty("reward_std").GetDouble(), rewards[i]["reward_std"].Number, Tolerance.Rewards, 0, $"reward_std {i}");
            var each = expectedRewards[i].GetProperty("reward").EnumerateArray().Select(value => value.GetDouble()).ToArray();
            Assert.All(each.Zip(rewards[i]["reward"].Numbers), pair => Near(pair.First, pair.Second, Tolerance.Rewards, 0, $"reward {i}"));
        }

        for (var i = 0; i < updates.Count; i++)
        {
            Assert.Equal(expectedUpdates[i].GetProperty("step").GetInt64(), updates[i].Step);
            Assert.Equal(expectedUpdates[i].GetProperty("epoch").GetDouble(), updates[i]["epoch"].Number);
            Assert.Equal(expectedUpdates[i].GetProperty("inner_epoch").GetDouble(), updates[i]["inner_epoch"].Number);
            Near(norms[i].GetProperty("grad_norm").GetDouble(), updates[i]["grad_norm"].Number, Tolerance.LoggedAbsolute, Tolerance.LoggedRelative, $"grad_norm {i}");
            foreach (var metric in new[] { "loss", "approx_kl" })
            {
                Near(expectedUpdates[i].GetProperty(metric).GetDouble(), updates[i][metric].Number, Tolerance.LoggedAbsolute, Tolerance.LoggedRelative, $"{metric} {i}");
            }
        }
    }

    private static void CompareFirstGradients(GoldenRun run)
    {
        var names = run.Tensors.Names.Where(name => name.StartsWith("first_grad.", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(names);
        var expected = cat([.. names.Select(name => run.Tensors[name].flatten())]);
        var actual = cat([.. names.Select(name => run.Recording.FirstGradients[name["first_grad.".Length..]].flatten())]);
        Assert.True(RelativeError(expected, actual) <= Tolerance.FirstGradient, $"first gradients are off by {RelativeError(expected, actual):g4}");
    }

    private static void CompareFinalUpdate(GoldenRun run)
    {
        var values = run.Parameters.ToDictionary(pair => pair.Name, pair => (Tensor)pair.Value, StringComparer.Ordinal);
        var names = run.Tensors.Names.Where(name => name.StartsWith("final.", StringComparison.Ordinal)).Select(name => name["final.".Length..]).Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(names);
        var expected = cat([.. names.Select(name => (run.Tensors[$"final.{name}"] - run.Initial[name]).flatten())]);
        var actual = cat([.. names.Select(name => (values[name].detach() - run.Initial[name]).flatten())]);
        Assert.True(RelativeError(expected, actual) <= Tolerance.FinalUpdate, $"the final update is off by {RelativeError(expected, actual):g4}");
    }

    private static double RelativeError(Tensor expected, Tensor actual) => ((expected - actual).norm() / expected.norm()).item<float>();

    private static void Near(double expected, double actual, double absolute, double relative, string what) =>
        Assert.True(Math.Abs(expected - actual) <= absolute + (relative * Math.Abs(expected)), $"{what}: expected {expected:g8}, got {actual:g8}");
}
