using Atelier.Rewards;
using Atelier.Tests.Rewards;
using Atelier.Training.Pretraining;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Training.Pretraining;

public class SceneJudgeTrainingTests
{
    private static readonly SceneJudgeTrainingOptions Short = new() { StepCount = 12, BatchSize = 16, WarmUpStepCount = 2, ReportInterval = 4, LearningRate = 3e-3 };

    [Fact]
    public void The_loss_falls_and_is_reported()
    {
        var reports = new List<SceneJudgeProgress>();
        using var judge = SceneJudgeTraining.Run(Short, reports.Add, TestContext.Current.CancellationToken);
        Assert.Equal([4, 8, 12], reports.Select(report => report.Step));
        Assert.True(reports[^1].Loss < reports[0].Loss, string.Join(' ', reports));
    }

    [Fact]
    public void A_seed_decides_the_judge()
    {
        var options = Short with { StepCount = 3 };
        using var images = Pictures.Drawn(2, seed: 1);
        using var judge = SceneJudgeTraining.Run(options, cancellationToken: TestContext.Current.CancellationToken);
        using var twin = SceneJudgeTraining.Run(options, cancellationToken: TestContext.Current.CancellationToken);
        using var logits = judge.call(images);
        using var twinLogits = twin.call(images);
        Assert.Equal(logits.data<float>().ToArray(), twinLogits.data<float>().ToArray());
    }

    [Fact]
    public void Every_complaint_is_made_at_once()
    {
        var problem = Assert.Throws<ArgumentException>(() => SceneJudgeTraining.Run(new() { StepCount = 0, BatchSize = 6, LearningRate = double.NaN }, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("StepCount", problem.Message, StringComparison.Ordinal);
        Assert.Contains("BatchSize", problem.Message, StringComparison.Ordinal);
        Assert.Contains("LearningRate", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_can_be_stopped() =>
        Assert.Throws<OperationCanceledException>(() => SceneJudgeTraining.Run(Short, cancellationToken: new CancellationToken(canceled: true)));

    [Fact]
    public void No_step_leaves_a_tensor_behind()
    {
        var counts = new List<long>();
        void Count(SceneJudgeProgress report) => counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var judge = SceneJudgeTraining.Run(Short with { StepCount = 5, ReportInterval = 1 }, Count, TestContext.Current.CancellationToken);
        Assert.Single(counts.Distinct());
    }

    [Fact]
    public void Evaluating_leaves_no_tensor_behind()
    {
        using var judge = new SceneJudge();
        SceneJudgeTraining.Evaluate(judge, 10);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.InRange(SceneJudgeTraining.Evaluate(judge, 10).Shape, 0, 1);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_quarter_of_the_distorted_pictures_is_clean()
    {
        using var images = Pictures.Drawn(8, seed: 2);
        using var generator = new Generator(1);
        using var distorted = SceneDistortion.Apply(images, new(1), generator);
        Assert.Equal(images.shape, distorted.shape);
        using var change = (distorted - images).abs().mean([1, 2, 3]);
        var changes = change.data<float>().ToArray();
        Assert.Equal([0, 0], changes[..2]);
        Assert.All(changes[2..], mean => Assert.InRange(mean, .001f, .2f));
    }
}
