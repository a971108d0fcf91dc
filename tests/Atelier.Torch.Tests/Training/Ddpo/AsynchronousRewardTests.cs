using Atelier.Rewards;
using Xunit;

namespace Atelier.Tests.Training.Ddpo;

/// <summary>In TRL, asynchronous rewards crashed, and began only after all sampling.</summary>
public class AsynchronousRewardTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Numbers_are_those_of_synchronous_rewards()
    {
        using var synchronous = new TinyRun();
        using var asynchronous = new TinyRun(new TinyRunSetup { Config = TinyRunSetup.Usual with { AsyncRewardComputation = true } });
        synchronous.Train();
        asynchronous.Train();
        Assert.Equal(synchronous.Metrics, asynchronous.Metrics);
        Assert.Equal(synchronous.Weights(), asynchronous.Weights());
    }

    [Fact]
    public void A_batch_is_scored_while_the_next_one_is_sampled()
    {
        using var secondIsSampled = new ManualResetEventSlim();
        var overlapped = false;
        var scored = 0;
        var reward = new LambdaReward("patient", (images, prompts, metadata) =>
        {
            if (Interlocked.Increment(ref scored) == 1)
            {
                overlapped = secondIsSampled.Wait(Patience);
            }

            return TinyRun.Redness(images, prompts, metadata);
        });
        using var run = new TinyRun(new TinyRunSetup
        {
            Config = TinyRunSetup.Usual with { NumEpochs = 1, AsyncRewardComputation = true },
            Reward = reward,
            Wrap = pipeline => new ObservedPipeline(pipeline)
            {
                Sampling = batch =>
                {
                    if (batch == 1)
                    {
                        secondIsSampled.Set();
                    }
                },
            },
        });
        run.Train();
        Assert.True(overlapped);
        Assert.Equal(2, scored);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void No_more_batches_than_allowed_are_scored_at_once(int workers)
    {
        var (active, most) = (0, 0);
        var gate = new Lock();
        var reward = new SlowReward(async () =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++active);
            }

            await Task.Delay(100);
            lock (gate)
            {
                active--;
            }
        });
        using var run = new TinyRun(new TinyRunSetup
        {
            Config = TinyRunSetup.Usual with
            {
                NumEpochs = 1,
                AsyncRewardComputation = true,
                MaxWorkers = workers,
                Sample = TinyRunSetup.Usual.Sample with { NumSteps = 1, NumBatchesPerEpoch = 4 },
            },
            Reward = reward,
        });
        run.Train();
        Assert.InRange(most, 1, workers);
    }

    private sealed class SlowReward(Func<Task> wait) : IReward
    {
        public string Name => "slow";

        public string Unit => string.Empty;

        public async ValueTask<RewardResult> ScoreAsync(RewardBatch batch, CancellationToken cancellationToken = default)
        {
            await wait();
            return new RewardResult([.. Enumerable.Range(0, batch.Count).Select(i => (float)i)]);
        }
    }
}
