using Atelier.Training.Checkpoints;
using Xunit;

namespace Atelier.Tests.Training.Ddpo;

public class CancellationTests
{
    [Fact]
    public void Sampling_stops_at_the_next_step_and_leaves_the_epochs_boundary()
    {
        using var checkpoints = new CheckpointFolder();
        using var source = new CancellationTokenSource();
        var (steps, stepsAfter) = (0, 0);
        using var run = new TinyRun(new TinyRunSetup
        {
            Config = TinyRunSetup.Usual with { NumEpochs = 2, SaveFreq = 10 },
            Checkpoints = checkpoints.Root,
            Wrap = pipeline => new ObservedPipeline(pipeline)
            {
                Stepped = () =>
                {
                    stepsAfter += source.IsCancellationRequested ? 1 : 0;
                    if (++steps == 6) // the second step of the second epoch
                    {
                        source.Cancel();
                    }
                },
            },
        });

        Assert.ThrowsAny<OperationCanceledException>(() => run.Train(source.Token));

        Assert.Equal(0, stepsAfter);
        Assert.Equal(1, run.Trainer.EpochsDone);
        Assert.Equal(["checkpoint_1"], checkpoints.Names);
        AssertResumes(checkpoints, 1);
    }

    [Fact]
    public void Updates_of_a_begun_epoch_are_finished_first()
    {
        using var checkpoints = new CheckpointFolder();
        using var source = new CancellationTokenSource();
        using var run = new TinyRun(new TinyRunSetup
        {
            Config = TinyRunSetup.Usual with { NumEpochs = 2, SaveFreq = 10 },
            Checkpoints = checkpoints.Root,
            Wrap = pipeline => new ObservedPipeline(pipeline) { Training = _ => source.Cancel() },
        });

        Assert.ThrowsAny<OperationCanceledException>(() => run.Train(source.Token));

        Assert.Equal(1, run.Trainer.EpochsDone);
        Assert.Equal(2, run.Trainer.GlobalStep);
        AssertResumes(checkpoints, 1);
    }

    [Fact]
    public void Cancelling_before_any_epoch_is_done_writes_nothing()
    {
        using var checkpoints = new CheckpointFolder();
        using var source = new CancellationTokenSource();
        using var run = new TinyRun(new TinyRunSetup
        {
            Checkpoints = checkpoints.Root,
            Wrap = pipeline => new ObservedPipeline(pipeline) { Stepped = source.Cancel },
        });
        var start = run.Weights();

        Assert.ThrowsAny<OperationCanceledException>(() => run.Train(source.Token));

        Assert.Empty(checkpoints.Names);
        Assert.Equal(start, run.Weights());
    }

    [Fact]
    public void Cancelling_the_last_epochs_updates_is_a_finished_run()
    {
        using var source = new CancellationTokenSource();
        using var run = new TinyRun(new TinyRunSetup
        {
            Config = TinyRunSetup.Usual with { NumEpochs = 1 },
            Wrap = pipeline => new ObservedPipeline(pipeline) { Training = _ => source.Cancel() },
        });
        run.Train(source.Token);
        Assert.Equal(1, run.Trainer.EpochsDone);
    }

    [Fact]
    public void A_run_that_is_cancelled_right_after_a_resume_keeps_the_checkpoints_reward()
    {
        using var checkpoints = new CheckpointFolder();
        using (var first = new TinyRun(new TinyRunSetup { Config = TinyRunSetup.Usual with { NumEpochs = 1 }, Checkpoints = checkpoints.Root }))
        {
            first.Train();
        }

        var before = checkpoints.Content(1);
        using var source = new CancellationTokenSource();
        source.Cancel();
        using var resumed = new TinyRun(new TinyRunSetup { Checkpoints = checkpoints.Root });
        resumed.Trainer.Resume(checkpoints[1]);
        Assert.ThrowsAny<OperationCanceledException>(() => resumed.Train(source.Token));
        Assert.Equal(before, checkpoints.Content(1));
        Assert.NotEqual(double.MinValue, CheckpointStore.ReadState(checkpoints[1]).RewardMean);
    }

    [Fact]
    public void The_same_trainer_can_go_on_after_a_cancellation()
    {
        using var source = new CancellationTokenSource();
        using var whole = new TinyRun();
        whole.Train();
        using var run = new TinyRun(new TinyRunSetup { Wrap = pipeline => new ObservedPipeline(pipeline) { Training = _ => source.Cancel() } });
        Assert.ThrowsAny<OperationCanceledException>(() => run.Train(source.Token));
        run.Train();
        Assert.Equal(whole.Weights(), run.Weights());
        Assert.Equal(whole.Metrics, run.Metrics);
    }

    private static void AssertResumes(CheckpointFolder interrupted, int epochsDone)
    {
        using var whole = new CheckpointFolder();
        var config = TinyRunSetup.Usual with { NumEpochs = 2, SaveFreq = 10 };
        using var uninterrupted = new TinyRun(new TinyRunSetup { Config = config, Checkpoints = whole.Root });
        uninterrupted.Train();
        using var resumed = new TinyRun(new TinyRunSetup { Config = config, Checkpoints = interrupted.Root });
        resumed.Trainer.Resume(interrupted[epochsDone]);
        resumed.Train();
        Assert.Equal(whole.Content(2), interrupted.Content(2));
    }
}
