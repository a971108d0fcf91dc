using Atelier.Rewards;
using Atelier.Rewards.Scenes;
using Atelier.Tests.Shared;
using Atelier.Tracking;
using Atelier.Training.Pretraining;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Training.Pretraining;

public sealed class TinyEvaluationTests : IDisposable
{
    private readonly MemoryTracker _tracker = new();
    private readonly SceneJudge _judge = SceneJudge.Load(Path.Combine(GoldenFolder.RepositoryRoot, "models", "tiny-sd", "judge.safetensors"));

    public void Dispose()
    {
        _judge.Dispose();
        _tracker.Dispose();
    }

    [Fact]
    public void Drawn_pictures_are_judged_right()
    {
        var agreement = Judge(EvaluationPrompt.Sample(200, seed: 0), prompts => Draw(prompts.Select(prompt => prompt.Scene)));
        Assert.Equal(200, agreement.Colour.Asked);
        Assert.Equal(200, agreement.Shape.Asked);
        Assert.InRange(agreement.Place.Asked, 40, 120);
        Assert.InRange(agreement.BackgroundColour.Asked, 110, 190);
        Assert.InRange(agreement.Texture.Asked, 50, 150);
        Assert.All(agreement.Facts, fact => Assert.True(fact.Agreement.Share >= .99, $"{fact}"));
    }

    [Fact]
    public void Pictures_of_something_else_are_judged_wrong()
    {
        var agreement = Judge(EvaluationPrompt.Sample(100, seed: 0), prompts => Draw(prompts.Select(prompt => prompt.Scene with
        {
            Shape = (SceneShape)(((int)prompt.Scene.Shape + 1) % SceneGrammar.Shapes.Count),
        })));
        Assert.InRange(agreement.Shape.Share!.Value, 0, .01);
        Assert.InRange(agreement.ColourAndShape.Share!.Value, 0, .01);
        Assert.InRange(agreement.Colour.Share!.Value, .99, 1);
    }

    [Fact]
    public void The_judge_is_nearly_always_right()
    {
        var accuracy = SceneJudgeTraining.Evaluate(_judge, 500);
        Assert.All([accuracy.Shape, accuracy.Colour, accuracy.BackgroundColour, accuracy.Texture, accuracy.Place], share => Assert.InRange(share, .99, 1));
    }

    [Fact]
    public void Captions_differ_state_the_colour_and_are_half_of_new_pairs()
    {
        var prompts = EvaluationPrompt.Sample(200, seed: 0);
        Assert.Equal(200, prompts.Select(prompt => prompt.Caption.Text).Distinct(StringComparer.Ordinal).Count());
        Assert.All(prompts, prompt => Assert.Equal(prompt.Scene.Colour, prompt.Caption.Facts.Colour));
        Assert.All(prompts, prompt => Assert.Equal(prompt.IsHeldOut, SceneSampler.IsHeldOut(prompt.Scene.Colour, prompt.Scene.Shape)));
        Assert.Equal(100, prompts.Count(prompt => prompt.IsHeldOut));
        Assert.Equal(Enumerable.Range(0, 200).Select(index => (long)index), prompts.Select(prompt => prompt.Seed));
    }

    [Fact]
    public void Marks_name_what_was_asked_for()
    {
        var prompts = EvaluationPrompt.Sample(2, seed: 0);
        var pictures = Evaluation().Judge("drawn", prompts, _judge, batch => Draw(batch.Select(prompt => prompt.Scene)));
        Assert.Contains($"{SceneGrammar.Word(prompts[0].Scene.Colour)}\u00a0✓", pictures[0].Marks(), StringComparison.Ordinal);
        Assert.DoesNotContain("✗", pictures[0].Marks(), StringComparison.Ordinal);
    }

    [Fact]
    public void Judging_leaves_no_tensor_behind()
    {
        var prompts = EvaluationPrompt.Sample(2, seed: 0);
        Judge(prompts, batch => Draw(batch.Select(prompt => prompt.Scene)));
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Judge(prompts, batch => Draw(batch.Select(prompt => prompt.Scene)));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static Tensor Draw(IEnumerable<Scene> scenes) => (SceneImages.Draw([.. scenes], new SceneRandom(9)) + 1) / 2;

    private PromptAgreement Judge(IReadOnlyList<EvaluationPrompt> prompts, Func<IReadOnlyList<EvaluationPrompt>, Tensor> draw) =>
        PromptAgreement.Count(Evaluation().Judge("drawn", prompts, _judge, draw));

    private TinyEvaluation Evaluation() => new(new TinyEvaluationOptions(), 0, RehearsedPretraining.Quiet(_tracker, TestContext.Current.CancellationToken));
}
