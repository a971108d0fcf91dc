using Atelier.Rewards;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Training.Ddpo;

public class FailingRewardTests
{
    [Theory]
    [InlineData("throws", "The reward 'bad' failed: no such classifier", false)]
    [InlineData("throws", "The reward 'bad' failed: no such classifier", true)]
    [InlineData("times out", "The reward 'bad' failed: the judge did not answer", false)]
    [InlineData("times out", "The reward 'bad' failed: the judge did not answer", true)]
    [InlineData("gives NaN", "The reward 'bad' gave NaN for an image of \"a green square\"", true)]
    [InlineData("gives NaN", "The reward 'bad' gave NaN for an image of \"a green square\"", false)]
    [InlineData("gives too few", "The reward 'bad' gave 1 values for 2 images", false)]
    [InlineData("gives too few", "The reward 'bad' gave 1 values for 2 images", true)]
    public void Failure_is_one_clear_message_and_earlier_checkpoints_stay(string fault, string message, bool isAsynchronous)
    {
        using var checkpoints = new CheckpointFolder();
        ObservedPipeline observed = null!;
        using var run = new TinyRun(new TinyRunSetup
        {
            Config = TinyRunSetup.Usual with { AsyncRewardComputation = isAsynchronous },
            Checkpoints = checkpoints.Root,
            Reward = new BadReward(fault),
            Wrap = pipeline => observed = new ObservedPipeline(pipeline),
        });

        var exception = Assert.Throws<InvalidOperationException>(() => run.Train());

        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
        Assert.Equal(["checkpoint_1"], checkpoints.Names);
        Assert.All(observed.Sampled, batch => Assert.True(batch.Images.IsInvalid && batch.Latents.IsInvalid && batch.LogProbabilities.IsInvalid));
        using var resumed = new TinyRun();
        resumed.Trainer.Resume(checkpoints[1]);
        resumed.Train();
        Assert.Equal(2, resumed.Trainer.EpochsDone);
    }

    // Fails in the second epoch: its first batch is images 4 and 5 of the run, whose prompts are blue and green.
    private sealed class BadReward(string fault) : IReward
    {
        public string Name => "bad";

        public string Unit => string.Empty;

        public ValueTask<RewardResult> ScoreAsync(RewardBatch batch, CancellationToken cancellationToken = default)
        {
            using var scope = NewDisposeScope();
            var rewards = TinyRun.Redness(batch.Images, batch.Prompts, batch.PromptMetadata);
            if (batch.Prompts[0] != "a blue triangle")
            {
                return ValueTask.FromResult(new RewardResult(rewards));
            }

            return fault switch
            {
                "throws" => throw new InvalidDataException("no such classifier"),
                "times out" => throw new TaskCanceledException("the judge did not answer"),
                "gives NaN" => ValueTask.FromResult(new RewardResult([rewards[0], float.NaN])),
                _ => ValueTask.FromResult(new RewardResult([rewards[0]])),
            };
        }
    }
}
