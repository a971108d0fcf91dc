using Atelier.Diffusion.Pipelines;
using Atelier.Rewards;
using Atelier.Tests.Parity;
using Atelier.Training.Ddpo;
using Atelier.Training.Rollouts;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Training.Ddpo;

/// <summary>What went wrong in TRL's trainer and must not here; resume, cancellation and asynchronous rewards have classes of their own.</summary>
public class DdpoTrainerTests
{
    private static readonly DdpoConfig Guided = TinyRunSetup.Usual with { Sample = TinyRunSetup.Usual.Sample with { NumSteps = 3, GuidanceScale = 3 } };

    [Fact]
    public void Defaults_work_without_tracker_hook_or_checkpoints()
    {
        Assert.Empty(new DdpoConfig().Problems());
        using var pipeline = DefaultDdpoStableDiffusionPipeline.FromPretrained(Tests.Shared.GoldenFolder.At("tiny-sd1"), new DdpoPipelineOptions());
        var config = new DdpoConfig { NumEpochs = 1, Sample = new SampleConfig { NumSteps = 2 } };
        using var trainer = new DdpoTrainer(config, new LambdaReward("redness", TinyRun.Redness), Prompts.FromList(TinyRunSetup.PromptList), pipeline);
        trainer.TrainAsync().GetAwaiter().GetResult();
        Assert.Equal(1, trainer.EpochsDone);
        Assert.Equal(2, trainer.GlobalStep);
        Assert.Equal(0, Assert.Single(trainer.Epochs).Epoch);
    }

    [Fact]
    public void Full_fine_tuning_moves_every_parameter_of_the_unet()
    {
        using var run = new TinyRun(new TinyRunSetup { UseLora = false });
        using var scope = NewDisposeScope();
        var start = run.Pipeline.TrainableParameters.ToDictionary(pair => pair.Name, pair => pair.Value.detach().clone(), StringComparer.Ordinal);
        run.Train();
        Assert.Equal(run.Pipeline.Pipeline.Components.Unet.parameters().Count(), start.Count);
        Assert.All(run.Pipeline.TrainableParameters, pair => Assert.False(start[pair.Name].equal(pair.Value).all().item<bool>(), pair.Name));
        Assert.All(run.Weights(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Contradictory_options_are_refused_all_at_once()
    {
        var config = Guided with
        {
            Sample = Guided.Sample with { Eta = 0, BatchSize = 3 },
            Train = Guided.Train with { Cfg = false },
        };
        var message = Assert.Throws<ArgumentException>(() => new TinyRun(new TinyRunSetup { Config = config })).Message;
        Assert.Contains("sample_eta must be above 0 to train: at 0 a step has no noise", message, StringComparison.Ordinal);
        Assert.Contains("sample_batch_size (3) must be a multiple of train_batch_size (2)", message, StringComparison.Ordinal);
        Assert.Contains("train_cfg is false while sample_guidance_scale is 3", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_importance_ratio_is_1_before_the_first_update(bool useLora)
    {
        using var run = new TinyRun(new TinyRunSetup { UseLora = useLora, Config = Guided with { NumEpochs = 1, Train = Guided.Train with { BatchSize = 1, ClipRange = 1e-4 } } });
        run.Train();
        var check = Assert.Single(run.Tracker.Records, record => record.Kind == "ratio_check");
        Assert.Equal(0, check.Step);
        Assert.InRange(check["ratio_deviation"].Number, 0, 1e-5);
        Assert.Equal(3, check["ratio_deviation_by_step"].Numbers.Count);
        Assert.All(check["ratio_deviation_by_step"].Numbers, value => Assert.InRange(value, 0, 1e-5));
        Assert.Empty(run.Progress.Lines);
    }

    [Fact]
    public void A_ratio_that_is_off_before_the_first_update_is_warned_of_once()
    {
        using var run = new TinyRun(new TinyRunSetup
        {
            Wrap = pipeline => new ObservedPipeline(pipeline) { Replace = output => new DdpoSchedulerOutput(output.LogProbabilities + 0.01) },
        });
        run.Train();
        var line = Assert.Single(run.Progress.Lines);
        Assert.StartsWith("warning: before the first update the importance ratio is off by up to 0.01", line, StringComparison.Ordinal);
        Assert.Contains("mixed_precision no", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_last_step_of_zero_variance_is_taken_but_never_trained_on(bool useLora)
    {
        using var model = new TinyModel("tiny-sd1", ("steps_offset", 0));
        var trained = new HashSet<long>();
        RecordingPipeline recording = null!;
        using var run = new TinyRun(new TinyRunSetup
        {
            UseLora = useLora,
            Config = Guided,
            Folder = model.Folder,
            Wrap = pipeline => recording = new RecordingPipeline(new ObservedPipeline(pipeline) { Training = request => trained.UnionWith(request.Steps.data<long>().ToArray()) }),
        });
        Assert.Equal([0, 1], run.Pipeline.TrainableSteps(Guided.Sample));
        run.Train();
        using (recording)
        {
            Assert.Equal([0, 1], trained.Order());
            Assert.All(recording.Batches, batch => Assert.True(AllFinite(batch.Images) && AllFinite(batch.Latents)));
            Assert.All(recording.Batches, batch => Assert.Equal(4, batch.Latents.shape[1]));
        }

        Assert.All(run.Weights(), value => Assert.True(float.IsFinite(value)));
        Assert.All(run.Tracker.Records.Where(record => record.Kind == "update").SelectMany(record => record.Values.Values), value => Assert.True(double.IsFinite(value.Number)));
        Assert.Equal([false, false, true], run.Tracker.Records.Single(record => record.Kind == "ratio_check")["ratio_deviation_by_step"].Numbers.Select(double.IsNaN));
    }

    [Fact]
    public void A_run_without_any_step_to_train_on_is_refused()
    {
        using var model = new TinyModel("tiny-sd1", ("steps_offset", 0));
        var config = Guided with { Sample = Guided.Sample with { NumSteps = 1 } };
        Assert.Contains("nothing to train on", Assert.Throws<ArgumentException>(() => new TinyRun(new TinyRunSetup { Folder = model.Folder, Config = config })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Zero_terminal_snr_with_full_noise_trains()
    {
        using var model = new TinyModel("tiny-sd2", ("rescale_betas_zero_snr", true), ("timestep_spacing", "trailing"));
        using var run = new TinyRun(new TinyRunSetup { Folder = model.Folder });
        run.Train();
        Assert.All(run.Weights(), value => Assert.True(float.IsFinite(value)));
    }

    [Theory]
    [InlineData(1.0, 3.0)]
    [InlineData(0.7, 1.0)]
    public void An_image_can_be_made_again_from_its_seed(double eta, double guidance)
    {
        var compared = 0;
        StableDiffusionPipeline pipeline = null!;
        var config = Guided with
        {
            NegativePrompts = ["blurred"],
            Sample = Guided.Sample with { Eta = eta, GuidanceScale = guidance },
        };
        var request = new GenerationRequest { Prompts = [], NegativePrompts = config.NegativePrompts, StepCount = config.Sample.NumSteps, GuidanceScale = guidance, Eta = eta };
        using var run = new TinyRun(new TinyRunSetup
        {
            Config = config,
            Hook = (batches, _, _) =>
            {
                using var scope = NewDisposeScope();
                foreach (var batch in batches)
                {
                    var together = pipeline.Generate(request with { Prompts = batch.Prompts, Seeds = batch.Seeds });
                    Assert.Equal(batch.Images.data<float>().ToArray(), together.data<float>().ToArray());
                    var alone = pipeline.Generate(request with { Prompts = [batch.Prompts[1]], Seeds = [batch.Seeds[1]] });
                    TensorAssert.Close(batch.Images[1].unsqueeze(0), alone, 2e-5, "an image made alone"); // another batch size, other roundings
                    compared++;
                }
            },
        });
        pipeline = run.Pipeline.Pipeline;
        run.Train();
        Assert.Equal(4, compared); // the second epoch's with trained weights
    }

    [Fact]
    public void Guided_sampling_with_unguided_training_runs_only_when_asked_for()
    {
        var config = Guided with { Train = Guided.Train with { Cfg = false } };
        Assert.Throws<ArgumentException>(() => new TinyRun(new TinyRunSetup { Config = config }));
        using var run = new TinyRun(new TinyRunSetup { Config = config with { AllowPolicyMismatch = true } });
        run.Train();
        Assert.Empty(run.Progress.Lines); // the ratio is off, as was asked for
    }

    [Theory]
    [InlineData(1.0, 2)]
    [InlineData(0.5, 2)]
    [InlineData(3.0, 4)]
    public void Unguided_sampling_and_training_cost_one_forward_pass(double guidance, long rows)
    {
        var sizes = new List<long>();
        using var run = new TinyRun(new TinyRunSetup { Config = Guided with { NumEpochs = 1, Sample = Guided.Sample with { GuidanceScale = guidance } } });
        run.Pipeline.Pipeline.Components.Unet.register_forward_pre_hook((_, latents, _, _) =>
        {
            sizes.Add(latents.shape[0]);
            return null;
        });
        run.Train();
        Assert.Equal(Enumerable.Repeat(rows, (2 * 3) + (2 * 3)), sizes); // batches × steps sampled, then trained on
    }

    [Fact]
    public void Each_distinct_prompt_is_encoded_once_in_a_run()
    {
        var rows = 0L;
        using var run = new TinyRun(new TinyRunSetup { Config = Guided });
        run.Pipeline.Pipeline.Components.TextEncoder.register_forward_pre_hook((_, ids) =>
        {
            rows += ids.shape[0];
            return ids;
        });
        run.Train();
        Assert.Equal(TinyRunSetup.PromptList.Length + 1, rows); // and the negative one
    }

    [Fact]
    public void Each_prompt_has_its_own_negative_prompt()
    {
        var negatives = new List<string>();
        string[] own = ["square", "circle", "triangle"];
        using var run = new TinyRun(new TinyRunSetup
        {
            Config = Guided with { NumEpochs = 1, NegativePrompts = own },
            Prompts = Prompts.FromList(TinyRunSetup.PromptList, negativePrompts: own),
            Wrap = pipeline => new ObservedPipeline(pipeline)
            {
                Training = request => Assert.All(request.Prompts.Zip(request.NegativePrompts), pair => Assert.Equal(own[Array.IndexOf(TinyRunSetup.PromptList, pair.First)], pair.Second)),
            },
            Hook = (batches, _, _) => negatives.AddRange(batches.SelectMany(batch => batch.Prompts)),
        });
        run.Train();
        Assert.Equal(4, negatives.Count);
    }

    [Fact]
    public void Several_negative_prompts_that_belong_to_no_prompt_are_refused()
    {
        using var run = new TinyRun(new TinyRunSetup { Config = Guided with { NegativePrompts = ["square", "circle", "triangle"] } });
        Assert.StartsWith("negative_prompts has 3 texts, but \"a red circle\"", Assert.Throws<InvalidOperationException>(() => run.Train()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_is_not_finite_stops_the_run_and_names_update_and_steps()
    {
        using var checkpoints = new CheckpointFolder();
        var batches = 0;
        IReadOnlyList<long> steps = [];
        using var run = new TinyRun(new TinyRunSetup
        {
            Config = Guided,
            Checkpoints = checkpoints.Root,
            Wrap = pipeline => new ObservedPipeline(pipeline)
            {
                Training = request => steps = ++batches == 9 ? [.. request.Steps.data<long>()] : steps, // the last one of the third update
                Replace = output => batches == 9 ? new DdpoSchedulerOutput(output.LogProbabilities * double.NaN) : output,
            },
        });

        var message = Assert.Throws<InvalidOperationException>(() => run.Train()).Message;

        Assert.StartsWith("The loss of update 3 is not finite", message, StringComparison.Ordinal);
        Assert.Contains($"at denoising steps {string.Join(", ", steps.Distinct().Order())} ", message, StringComparison.Ordinal);
        Assert.Equal(["checkpoint_1"], checkpoints.Names);
        Assert.All(run.Weights(), value => Assert.True(float.IsFinite(value)));
    }

    private static bool AllFinite(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.isfinite().all().item<bool>();
    }
}
