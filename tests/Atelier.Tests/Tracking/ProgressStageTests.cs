using Atelier.Tracking;
using Xunit;

namespace Atelier.Tests.Tracking;

public class ProgressStageTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Steady_work_is_predicted_exactly()
    {
        using var stage = new ProgressStage("work", 10, "step", _clock);
        Assert.Null(stage.Remaining);

        Work(stage, 4, seconds: 2);

        Assert.Equal(TimeSpan.FromSeconds(2), stage.TimePerItem);
        Assert.Equal(TimeSpan.FromSeconds(12), stage.Remaining);
        Assert.Equal((TimeSpan.FromSeconds(8), 0.4), (stage.Elapsed, stage.Fraction));
    }

    [Fact]
    public void Warm_up_is_forgotten()
    {
        using var stage = new ProgressStage("work", 103, "step", _clock);
        Work(stage, 1, seconds: 30);
        Assert.Equal(TimeSpan.FromSeconds(3060), stage.Remaining);

        Work(stage, 2, seconds: 0.1);

        Assert.Equal(10, stage.Remaining!.Value.TotalSeconds, 0.001);
    }

    [Fact]
    public void One_slow_item_changes_the_estimate_by_little_and_fades()
    {
        using var stage = new ProgressStage("work", 1000, "step", _clock);
        Work(stage, 50, seconds: 1);
        Work(stage, 1, seconds: 5);
        Assert.InRange(stage.TimePerItem!.Value.TotalSeconds, 1.05, 1.5);

        Work(stage, 40, seconds: 1);

        Assert.InRange(stage.TimePerItem!.Value.TotalSeconds, 1, 1.02);
    }

    [Fact]
    public void Lasting_change_of_pace_is_followed()
    {
        using var stage = new ProgressStage("work", 1000, "step", _clock);
        Work(stage, 100, seconds: 1);
        Work(stage, 40, seconds: 3);

        Assert.InRange(stage.TimePerItem!.Value.TotalSeconds, 2.9, 3);
    }

    [Fact]
    public void Fast_items_are_averaged_over_seconds()
    {
        using var stage = new ProgressStage("work", 100_000, "step", _clock);
        for (var i = 0; i < 1000; i++)
        {
            Work(stage, 1, seconds: 0.001);
            Work(stage, 1, seconds: 0.003);
        }

        Assert.Equal(0.002, stage.TimePerItem!.Value.TotalSeconds, 0.0001);
    }

    [Fact]
    public void Time_left_runs_down_within_an_item_and_waits_for_a_late_one()
    {
        using var stage = new ProgressStage("work", 5, "step", _clock);
        Work(stage, 2, seconds: 10);
        _clock.Advance(4);
        Assert.Equal(TimeSpan.FromSeconds(26), stage.Remaining);

        _clock.Advance(100);
        Assert.Equal(TimeSpan.FromSeconds(20), stage.Remaining);
    }

    [Fact]
    public void Items_of_an_earlier_run_count_but_do_not_quicken_the_pace()
    {
        using var stage = new ProgressStage("epoch", 20, "epoch", _clock) { Start = 15 };
        Work(stage, 1, seconds: 60);

        Assert.Equal((16L, 0.8), (stage.Count, stage.Fraction));
        Assert.Equal(TimeSpan.FromSeconds(240), stage.Remaining);
    }

    [Fact]
    public void Ended_stage_stands_still()
    {
        var changes = 0;
        var stage = new ProgressStage("work", 5, "step", _clock, _ => changes++);
        Work(stage, 5, seconds: 1);
        stage.Dispose();
        stage.Dispose();
        stage.Advance();
        _clock.Advance(9);

        Assert.Equal((6, 5L, TimeSpan.FromSeconds(5), TimeSpan.Zero), (changes, stage.Count, stage.Elapsed, stage.Remaining!.Value));
    }

    private void Work(ProgressStage stage, int count, double seconds)
    {
        for (var i = 0; i < count; i++)
        {
            _clock.Advance(seconds);
            stage.Advance();
        }
    }
}
