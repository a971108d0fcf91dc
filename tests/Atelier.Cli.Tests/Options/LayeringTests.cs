using Atelier.Cli;
using Xunit;

namespace Atelier.Tests.Options;

public sealed class LayeringTests : IDisposable
{
    private readonly CliHarness _cli = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("atelier-cli-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Each_layer_goes_over_the_one_below()
    {
        Assert.Equal(7, (await _cli.TrainAsync()).Ddpo.NumEpochs);

        var file = Write("run.json", """{ "num_epochs": 20, "lora_rank": 8, "train_max_grad_norm": 2 }""");
        Assert.Equal(20, (await _cli.TrainAsync("--config", file)).Ddpo.NumEpochs);

        _cli.Variables["ATELIER_NUM_EPOCHS"] = "30";
        _cli.Variables["ATELIER_LORA_RANK"] = "9";
        Assert.Equal(30, (await _cli.TrainAsync("--config", file)).Ddpo.NumEpochs);

        var settings = await _cli.TrainAsync("--config", file, "--num-epochs=40");
        Assert.Equal(40, settings.Ddpo.NumEpochs);
        Assert.Equal(9, settings.Ddpo.Lora.Rank);
        Assert.Equal(2, settings.Ddpo.Train.MaxGradNorm);
        Assert.Equal("incompressibility", settings.Reward);
        Assert.Equal(5, settings.Ddpo.Train.AdvClipMax);
    }

    [Fact]
    public async Task Train_alone_is_the_quickstart()
    {
        var settings = await _cli.TrainAsync();

        Assert.Equal("tiny-sd", settings.PretrainedModel);
        Assert.Equal(1, settings.Ddpo.Sample.GuidanceScale);
        Assert.Equal(8, settings.Ddpo.UpdatesPerEpoch);
    }

    [Fact]
    public async Task Naming_a_model_starts_from_the_defaults()
    {
        Assert.Equal(5, (await _cli.TrainAsync("--pretrained-model", "some/model")).Ddpo.Sample.GuidanceScale);
        Assert.Equal(1, (await _cli.TrainAsync("--pretrained-model", "some/model", "--recipe", "quickstart")).Ddpo.Sample.GuidanceScale);
        Assert.Equal(5, (await _cli.TrainAsync("--recipe", "none")).Ddpo.Sample.GuidanceScale);
    }

    [Fact]
    public async Task A_file_and_a_variable_may_choose_the_recipe_and_a_variable_the_file()
    {
        _cli.Variables["ATELIER_CONFIG"] = Write("run.toml", "recipe = \"redness\"\n");
        Assert.Equal("redness", (await _cli.TrainAsync()).Reward);

        _cli.Variables["ATELIER_RECIPE"] = "compressibility";
        Assert.Equal("compressibility", (await _cli.TrainAsync()).Reward);
        Assert.Equal("incompressibility", (await _cli.TrainAsync("--recipe=quickstart")).Reward);
    }

    [Fact]
    public async Task Toml_and_json_say_the_same()
    {
        var json = await _cli.TrainAsync("--config", Write("run.json", """
            {
              // a comment
              "sample_eta": 0.5, "num_epochs": 3, "per_prompt_stat_tracking": false, "lora_targets": ["to_q", "to_k"],
              "negative_prompts": "grey", "log_with": null,
            }
            """));
        var toml = await _cli.TrainAsync("--config", Write("run.toml", """
            # a comment
            sample_eta = 0.5
            num_epochs = 3
            per_prompt_stat_tracking = false
            lora_targets = ["to_q", "to_k"]
            negative_prompts = "grey"
            """));

        var schema = Training.Settings.SettingsSchema.Of<Training.Settings.RunSettings>();
        Assert.Equal(schema.ToJson(json), schema.ToJson(toml));
        Assert.Equal(["grey"], toml.Ddpo.NegativePrompts);
        Assert.False(toml.Ddpo.PerPromptStatTracking.Enabled);
    }

    [Theory]
    [InlineData("run.json", """{ "sample_batch_size": "six", "clip_rnage": 1, "exp_name": "x", "sample": { "eta": 1 }, "train_cfg": 1, "lora_targets": [1] }""")]
    [InlineData("run.toml", "sample_batch_size = \"six\"\nclip_rnage = 1\nexp_name = \"x\"\ntrain_cfg = 1\nlora_targets = [1]\n[sample]\neta = 1\n")]
    public async Task Problems_of_a_file_name_the_file_the_key_and_the_type(string name, string text)
    {
        var file = Write(name, text);

        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync("train", "--config", file));
        Assert.Equal(
            [
                $"error: {file}: sample_batch_size: expected a whole number, got \"six\"",
                $"error: {file}: unknown setting clip_rnage; did you mean train_clip_range?",
                $"error: {file}: exp_name does not exist here: use run_name",
                $"error: {file}: unknown setting sample (names are flat, as in sample_batch_size: no tables, no objects)",
                $"error: {file}: train_cfg: expected true or false, got 1",
                $"error: {file}: lora_targets: expected a text or a list of texts, got [",
            ],
            _cli.Errors.Where(line => line.StartsWith("error", StringComparison.Ordinal)).OrderBy(line => Array.FindIndex(Order, line.Contains)));
    }

    private static readonly string[] Order = ["batch_size: ex", "clip_rnage", "exp_name", "setting sample ", "train_cfg", "lora_targets"];

    [Theory]
    [InlineData("broken.json", "{ \"num_epochs\": 1", "not JSON")]
    [InlineData("twice.json", """{ "num_epochs": 1, "num_epochs": 2 }""", "not JSON")]
    [InlineData("list.json", "[1]", "expected a JSON object")]
    [InlineData("broken.toml", "num_epochs =", "not TOML")]
    [InlineData("run.yaml", "num_epochs: 1", "ends in .json or .toml")]
    public async Task A_file_that_cannot_be_read_is_one_problem(string name, string text, string complaint)
    {
        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync("train", "--config", Write(name, text), "--train-batch-size=9"));
        Assert.Contains(complaint, Assert.Single(_cli.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync("train", "--config", "no/such.json"));
        Assert.Equal("error: no/such.json: there is no such file", Assert.Single(_cli.Errors));
    }

    [Fact]
    public async Task Variables_are_checked_and_nearly_right_ones_are_pointed_out()
    {
        _cli.Variables["ATELIER_SEED"] = "x";
        _cli.Variables["ATELIER_SAMPEL_ETA"] = "1";
        _cli.Variables["ATELIER_GOLDEN"] = "/data";
        _cli.Variables["ATELIER_RUN_NAME"] = "";

        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync("train"));
        Assert.Equal(
            ["warning: ATELIER_SAMPEL_ETA is not a setting; did you mean ATELIER_SAMPLE_ETA?", "error: ATELIER_SEED: expected a whole number, got \"x\""],
            _cli.Errors);
    }

    [Fact]
    public async Task Written_settings_read_back_as_the_same_run()
    {
        var schema = Training.Settings.SettingsSchema.Of<Training.Settings.RunSettings>();
        var first = await _cli.TrainAsync("--seed=3", "--train-learning-rate=1e-3", "--negative-prompts=blurred");
        var second = await _cli.TrainAsync("--config", Write("config.json", schema.ToJson(first)));

        Assert.Equal(schema.ToJson(first), schema.ToJson(second));
    }

    [Fact]
    public async Task Recipes_are_listed_as_text_and_as_json()
    {
        Assert.Equal(ExitCode.Done, await _cli.RunAsync("train", "--recipe", "list"));
        Assert.StartsWith("quickstart", _cli.Output, StringComparison.Ordinal);
        Assert.All(_cli.Output.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.Null(_cli.Train);

        CliHarness json = new();
        Assert.Equal(ExitCode.Done, await json.RunAsync("train", "--recipe=list", "--json"));
        using var document = System.Text.Json.JsonDocument.Parse(json.Output);
        Assert.Equal(Training.Recipes.Recipe.Names, document.RootElement.EnumerateArray().Select(recipe => recipe.GetProperty("name").GetString()!));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
