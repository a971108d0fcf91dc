using Atelier.Cli;
using Xunit;

namespace Atelier.Tests.Options;

public class CommandLineTests
{
    private readonly CliHarness _cli = new();

    [Theory]
    [InlineData("--sample-batch-size", "128")]
    [InlineData("--sample-batch-size=128")]
    [InlineData("--sample_batch_size=128")]
    [InlineData("--sample_batch_size", "128")]
    [InlineData("--ddpo_config.sample_batch_size=128")]
    [InlineData("--ddpo-config.sample-batch-size=128")]
    public async Task Every_spelling_of_an_option_is_accepted(params string[] arguments) =>
        Assert.Equal(128, (await _cli.TrainAsync(arguments)).Ddpo.Sample.BatchSize);

    [Theory]
    [InlineData(true, "--train-cfg")]
    [InlineData(true, "--train-cfg=true")]
    [InlineData(true, "--ddpo_config.train_cfg=True")]
    [InlineData(false, "--train-cfg=false")]
    [InlineData(false, "--train-cfg", "false")]
    [InlineData(false, "--no-train-cfg")]
    [InlineData(false, "--no_train_cfg")]
    [InlineData(false, "--ddpo_config.train_cfg=False")]
    public async Task A_switch_has_a_bare_a_valued_and_a_negated_form(bool expected, params string[] arguments) =>
        Assert.Equal(expected, (await _cli.TrainAsync(arguments)).Ddpo.Train.Cfg);

    [Fact]
    public async Task Values_of_every_type_are_read()
    {
        var settings = await _cli.TrainAsync(
            "--train-learning-rate", "1e-2", "--seed=-5", "--mixed-precision", "BF16", "--lora-targets", "to_q,to_k", "--lora-targets", "to_v",
            "--negative-prompts", "ugly, blurred", "--run-name", "first", "--sample-guidance-scale", "3", "--preview-prompts", "[\"a\", \"b\"]");

        Assert.Equal(1e-2, settings.Ddpo.Train.LearningRate);
        Assert.Equal(-5, settings.Ddpo.Seed);
        Assert.Equal(Training.Ddpo.MixedPrecision.Bf16, settings.Ddpo.MixedPrecision);
        Assert.Equal(["to_q", "to_k", "to_v"], settings.Ddpo.Lora.Targets);
        Assert.Equal(["ugly, blurred"], settings.Ddpo.NegativePrompts);
        Assert.Equal("first", settings.Ddpo.RunName);
        Assert.Equal(["a", "b"], settings.Preview.Prompts);
    }

    [Fact]
    public async Task An_empty_value_is_a_value() => Assert.Equal([""], (await _cli.TrainAsync("--negative-prompts=")).Ddpo.NegativePrompts);

    [Fact]
    public async Task The_last_of_two_values_wins() => Assert.Equal(4, (await _cli.TrainAsync("--num-epochs=3", "--num_epochs", "4")).Ddpo.NumEpochs);

    [Fact]
    public async Task All_problems_are_reported_at_once_and_nothing_starts()
    {
        var code = await _cli.RunAsync(
            "train", "--sampel-batch-size", "6", "--num-epochs=many", "--logdir", "x", "--sample-eta=0", "--train-cfg", "--no-train-cfg", "stray", "--recipe", "quickstrat");

        Assert.Equal(ExitCode.WrongRequest, code);
        Assert.Null(_cli.Train);
        Assert.Equal(
            [
                "error: unknown setting --sampel-batch-size; did you mean --sample-batch-size?",
                "error: --logdir does not exist here: use output_folder: every run has a folder of its own in it, with logs and events",
                "error: unexpected argument \"stray\"",
                "error: --num-epochs: expected a whole number, got \"many\"",
                "error: --train-cfg and --no-train-cfg contradict each other",
                "error: unknown recipe \"quickstrat\" (known: quickstart, compressibility, compressibility-sd15, follow, redness); did you mean quickstart?",
            ],
            _cli.Errors);
    }

    [Fact]
    public async Task Checks_of_the_settings_are_reported_with_the_rest()
    {
        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync("train", "--sample-eta=0", "--nonsense"));

        Assert.Equal(2, _cli.Errors.Length);
        Assert.Contains(_cli.Errors, line => line.StartsWith("error: sample_eta must be above 0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_value_that_could_not_be_read_causes_no_second_complaint()
    {
        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync("train", "--recipe=none", "--sample-batch-size=six", "--train-batch-size=32"));

        Assert.Equal(["error: --sample-batch-size: expected a whole number, got \"six\""], _cli.Errors);
    }

    [Fact]
    public async Task An_unknown_command_is_named_with_the_nearest_one()
    {
        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync("trian"));
        Assert.Contains("did you mean train?", Assert.Single(_cli.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_command_the_help_is_shown_and_nothing_starts()
    {
        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync());
        Assert.Contains("Commands", _cli.Errors);
    }

    [Fact]
    public async Task Quiet_and_json_reach_every_command()
    {
        Assert.Equal(ExitCode.Done, await _cli.RunAsync("pretrain-tiny", "--quiet", "--json", "--minutes=0.5"));

        Assert.True(_cli.Environment!.IsQuiet);
        Assert.True(_cli.Environment.IsJson);
        Assert.Equal(0.5, _cli.Pretrain!.Minutes);
    }

    [Fact]
    public async Task Generate_takes_several_prompts_and_text_that_looks_like_a_response_file()
    {
        Assert.Equal(ExitCode.Done, await _cli.RunAsync("generate", "--prompt", "a cat", "--prompt", "@home", "--seed", "-1", "--count=4", "--lora", "runs/first"));

        Assert.Equal(["a cat", "@home"], _cli.Generate!.Prompts);
        Assert.Equal(-1, _cli.Generate.Seed);
        Assert.Equal("runs/first", _cli.Generate.Lora);
    }

    [Fact]
    public async Task Generate_without_a_prompt_is_refused()
    {
        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync("generate", "--width=65"));
        Assert.Equal(["error: prompt must be given at least once", "error: width must be a multiple of 8, not 65"], _cli.Errors);
    }

    [Fact]
    public async Task A_failure_is_one_line_and_exit_code_1()
    {
        _cli.Work = () => throw new InvalidOperationException("the loss is not finite\nat update 3");

        Assert.Equal(ExitCode.Failed, await _cli.RunAsync("train"));
        Assert.StartsWith("error: the loss is not finite at update 3", Assert.Single(_cli.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_request_found_late_is_exit_code_2()
    {
        _cli.Work = () => throw new RequestException("reward: unknown", "device: no GPU");

        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync("train"));
        Assert.Equal(["error: reward: unknown", "error: device: no GPU"], _cli.Errors);
    }

    [Fact]
    public async Task An_interrupted_command_is_exit_code_130()
    {
        using CancellationTokenSource stop = new();
        _cli.Work = async () =>
        {
            await stop.CancelAsync();
            throw new OperationCanceledException(stop.Token);
        };

        Assert.Equal(ExitCode.Interrupted, await _cli.RunAsync(stop.Token, "train"));
    }
}
