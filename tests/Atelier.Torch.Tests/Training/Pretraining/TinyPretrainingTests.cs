using System.Text.Json;
using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Diffusion.Weights;
using Atelier.Imaging;
using Atelier.Tests.Shared;
using Atelier.Training.Pretraining;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Training.Pretraining;

public class TinyPretrainingTests(RehearsedPretraining rehearsal) : IClassFixture<RehearsedPretraining>
{
    [Fact]
    public void The_model_folder_is_complete()
    {
        string[] expected =
        [
            "judge.safetensors", "model_index.json", "scheduler/scheduler_config.json", "text_encoder/config.json", "text_encoder/model.safetensors",
            "tokenizer/merges.txt", "tokenizer/special_tokens_map.json", "tokenizer/tokenizer_config.json", "tokenizer/vocab.json",
            "training/README.md", "training/evaluation.json", "training/log.jsonl", "training/reconstructions.png", "training/samples.png", "training/unet-loss.png", "training/vae-loss.png",
            "unet/config.json", "unet/diffusion_pytorch_model.safetensors", "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
        ];
        var files = Directory.EnumerateFiles(rehearsal.ModelFolder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(rehearsal.ModelFolder, path).Replace('\\', '/'));
        Assert.Equal(expected, files.Order(StringComparer.Ordinal));
        Assert.InRange(new DirectoryInfo(rehearsal.ModelFolder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length), 6_000_000, 12_000_000);
        Assert.Equal(["tiny-sd", "work"], Directory.EnumerateDirectories(rehearsal.OutputFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_model_folder_loads_and_draws()
    {
        using var pipeline = new StableDiffusionPipeline(StableDiffusionComponents.Load(rehearsal.ModelFolder, Placement.Cpu));
        Assert.Equal(2_414_308, pipeline.Components.Unet.parameters().Sum(parameter => parameter.numel()));
        Assert.Equal(687_663, pipeline.Components.Vae.parameters().Sum(parameter => parameter.numel()));
        Assert.InRange(pipeline.Components.Vae.Config.ScalingFactor, .01, 100);
        Assert.NotEqual(1, pipeline.Components.Vae.Config.ScalingFactor);
        Assert.Equal(TinyArchitecture.Schedule, pipeline.Components.Schedule);
        Assert.Equal(TinyArchitecture.MaxTokens, pipeline.Components.Tokenizer.MaxLength);
        using var image = pipeline.Generate(new GenerationRequest { Prompts = ["a red circle"], Seeds = [1], StepCount = 1 }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([1, 3, 64, 64], image.shape);
    }

    [Theory]
    [InlineData("unet/config.json")]
    [InlineData("vae/config.json")]
    [InlineData("text_encoder/config.json", "transformers_version")]
    public void A_config_has_the_keys_that_the_original_writes(string name, params string[] left)
    {
        Assert.SkipUnless(File.Exists(GoldenFolder.At("tiny-sd1", name)), "The golden data are not here.");
        Assert.Equal(Keys(GoldenFolder.At("tiny-sd1", name)).Except(left, StringComparer.Ordinal), Keys(Path.Combine(rehearsal.ModelFolder, name)));
    }

    [Fact]
    public void The_scheduler_says_everything_that_changes_a_step()
    {
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(rehearsal.ModelFolder, "scheduler", "scheduler_config.json")));
        Assert.Equal("DDIMScheduler", config.RootElement.GetProperty("_class_name").GetString());
        Assert.Equal("scaled_linear", config.RootElement.GetProperty("beta_schedule").GetString());
        Assert.Equal(0.00085, config.RootElement.GetProperty("beta_start").GetDouble());
        Assert.Equal(0.012, config.RootElement.GetProperty("beta_end").GetDouble());
        Assert.Equal("epsilon", config.RootElement.GetProperty("prediction_type").GetString());
        Assert.Equal("leading", config.RootElement.GetProperty("timestep_spacing").GetString());
        Assert.Equal(1, config.RootElement.GetProperty("steps_offset").GetInt32());
        Assert.False(config.RootElement.GetProperty("clip_sample").GetBoolean());
        Assert.False(config.RootElement.GetProperty("set_alpha_to_one").GetBoolean());
    }

    [Fact]
    public void The_index_names_the_classes_of_the_original()
    {
        var index = ModelIndex.Read(Path.Combine(rehearsal.ModelFolder, ModelIndex.FileName));
        Assert.Equal("StableDiffusionPipeline", index.ClassName);
        Assert.Equal(new ModelComponent("diffusers", "DDIMScheduler"), index.Components["scheduler"]);
        Assert.Null(index.Components["safety_checker"]);
    }

    [Fact]
    public void Weights_are_the_averages_in_half_precision()
    {
        using var scope = NewDisposeScope();
        using var checkpoint = SafetensorsFile.Open(Path.Combine(rehearsal.OutputFolder, "work", "unet.safetensors"));
        using var written = SafetensorsFile.Open(Path.Combine(rehearsal.ModelFolder, "unet", "diffusion_pytorch_model.safetensors"));
        Assert.All(written.Entries.Values, entry => Assert.Equal(ElementType.F16, entry.ElementType));
        var average = TensorStorage.Read(checkpoint, "average.unet.conv_in.weight").to(ScalarType.Float16);
        Assert.Equal(0, LargestDifference(average, TensorStorage.Read(written, "conv_in.weight")));
        Assert.NotEqual(0, LargestDifference(average, TensorStorage.Read(checkpoint, "weight.unet.conv_in.weight").to(ScalarType.Float16)));

        static float LargestDifference(Tensor one, Tensor other) => (one - other).abs().to(ScalarType.Float32).max().item<float>();
    }

    [Fact]
    public void A_second_run_only_writes_the_model_again()
    {
        var before = Work();
        var model = File.ReadAllBytes(Path.Combine(rehearsal.ModelFolder, "unet", "diffusion_pytorch_model.safetensors"));
        var report = RehearsedPretraining.Run(rehearsal.OutputFolder, PretrainingOptions.Rehearsal, TestContext.Current.CancellationToken);
        Assert.Equal(rehearsal.Report.ToJson(), report.ToJson());
        Assert.Equal(before, Work());
        Assert.Equal(model, File.ReadAllBytes(Path.Combine(rehearsal.ModelFolder, "unet", "diffusion_pytorch_model.safetensors")));

        (string, DateTime, long)[] Work() =>
        [
            .. new DirectoryInfo(Path.Combine(rehearsal.OutputFolder, "work")).EnumerateFiles("*.safetensors").OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => (file.Name, file.LastWriteTimeUtc, file.Length)),
        ];
    }

    [Fact]
    public void A_folder_of_another_seed_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => RehearsedPretraining.Run(rehearsal.OutputFolder, PretrainingOptions.Rehearsal with { Seed = 7 }, TestContext.Current.CancellationToken));
        Assert.Contains("seed 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_judge_that_knows_nothing_does_not_judge_and_the_old_model_stays()
    {
        var options = PretrainingOptions.Rehearsal with { Evaluation = PretrainingOptions.Rehearsal.Evaluation with { LeastJudgeAccuracy = .99 } };
        var error = Assert.Throws<InvalidOperationException>(() => RehearsedPretraining.Run(rehearsal.OutputFolder, options, TestContext.Current.CancellationToken));
        Assert.Contains("judge", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(rehearsal.ModelFolder, ModelIndex.FileName)));
        Assert.Equal(["tiny-sd", "work"], Directory.EnumerateDirectories(rehearsal.OutputFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_record_explains_itself()
    {
        var folder = Path.Combine(rehearsal.ModelFolder, "training");
        var page = File.ReadAllText(Path.Combine(folder, "README.md"));
        Assert.Contains("`atelier pretrain-tiny --seed 0 --vae-steps 2 --unet-steps 2`", page, StringComparison.Ordinal);
        Assert.Contains("colour and shape", page, StringComparison.Ordinal);
        using var evaluation = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "evaluation.json")));
        Assert.Equal(4, evaluation.RootElement.GetProperty("all").GetProperty("shape").GetProperty("asked").GetInt32());
        Assert.Equal(2, evaluation.RootElement.GetProperty("held_out_pairs").GetProperty("colour").GetProperty("asked").GetInt32());
        Assert.InRange(PngFile.Read(Path.Combine(folder, "samples.png")).Width, 200, 3000);
    }

    private static IEnumerable<string> Keys(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. document.RootElement.EnumerateObject().Select(property => property.Name)];
    }
}
