using System.Text.Json;
using System.Text.Json.Nodes;
using Atelier.Tests.Shared;
using Atelier.Training.Ddpo;
using Atelier.Training.Settings;
using Xunit;

namespace Atelier.Tests.Training.Ddpo;

public class DdpoConfigTests
{
    // TRL 0.23.1's table: every option that did something there.
    private const string TrlDefaults = """
        {
          "run_name": "", "seed": 0, "num_epochs": 100, "save_freq": 1, "num_checkpoint_limit": 5,
          "allow_tf32": true, "resume_from": "", "sample_num_steps": 50, "sample_eta": 1.0, "sample_guidance_scale": 5.0, "sample_batch_size": 1,
          "sample_num_batches_per_epoch": 2, "train_batch_size": 1, "train_learning_rate": 3e-4, "train_adam_beta1": 0.9, "train_adam_beta2": 0.999,
          "train_adam_weight_decay": 1e-4, "train_adam_epsilon": 1e-8, "train_gradient_accumulation_steps": 1, "train_max_grad_norm": 1.0,
          "train_num_inner_epochs": 1, "train_cfg": true, "train_adv_clip_max": 5.0, "train_clip_range": 1e-4, "train_timestep_fraction": 1.0,
          "per_prompt_stat_tracking": false, "per_prompt_stat_tracking_buffer_size": 16, "per_prompt_stat_tracking_min_count": 16,
          "async_reward_computation": false, "max_workers": 2, "negative_prompts": "", "use_lora": true
        }
        """;

    // Documented on DdpoConfig: another default, or no such option in TRL.
    private static readonly string[] Exceptions = ["mixed_precision", "allow_policy_mismatch", "train_micro_batch_size", "train_gradient_checkpointing", "lora_rank", "lora_alpha", "lora_targets"];

    private static readonly SettingsSchema Schema = SettingsSchema.Of<DdpoConfig>();

    [Fact]
    public void The_defaults_are_those_of_the_original()
    {
        List<string> problems = [];
        var original = SettingsLayer.FromJson(TrlDefaults, "TRL", Schema, problems);

        Assert.Empty(problems);
        Assert.Equal(Schema.ToJson(new DdpoConfig()), Schema.ToJson(Schema.Bind<DdpoConfig>(original)));
        Assert.Equal(
            Schema.Settings.Select(setting => setting.Name).Order(StringComparer.Ordinal),
            original.Values.Keys.Concat(Exceptions).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_documented_exceptions_have_their_defaults()
    {
        DdpoConfig config = new();

        Assert.Equal(MixedPrecision.Auto, config.MixedPrecision);
        Assert.False(config.AllowPolicyMismatch);
        Assert.False(config.Train.GradientCheckpointing);
        Assert.Equal((0, 1), (config.Train.MicroBatchSize, config.StepsAtOnce));
        Assert.Equal((4, 4.0), (config.Lora.Rank, config.Lora.Alpha));
        Assert.Equal(["attention"], config.Lora.Targets);
    }

    [Fact]
    public void Every_setting_survives_json()
    {
        JsonObject changed = [];
        foreach (var setting in Schema.Settings)
        {
            changed[setting.Name] = setting.DefaultValue switch
            {
                bool flag => JsonValue.Create(!flag),
                int count => JsonValue.Create(count + 3),
                long count => JsonValue.Create(count - 3),
                double number => JsonValue.Create((number / 3) + 0.1),
                MixedPrecision => JsonValue.Create("bf16"),
                string => JsonValue.Create("ü \"quoted\""),
                _ => new JsonArray("one", "two"),
            };
        }

        List<string> problems = [];
        var config = Schema.Bind<DdpoConfig>(SettingsLayer.FromObject(changed, "test", Schema, problems));

        Assert.Empty(problems);
        Assert.Equal(changed.ToJsonString(), Schema.Flatten(config).ToJsonString());
        Assert.All(Schema.Settings, setting => Assert.NotEqual(Setting.Show(setting.DefaultValue), Setting.Show(setting.Read(config))));

        var again = Schema.Bind<DdpoConfig>(SettingsLayer.FromJson(Schema.ToJson(config), "test", Schema, problems));
        Assert.Equal(Schema.ToJson(config), Schema.ToJson(again));
    }

    [Fact]
    public void What_is_not_said_keeps_its_default()
    {
        var config = Schema.Bind<DdpoConfig>(SettingsLayer.FromJson("""{ "train_clip_range": 0.5, "use_lora": false }""", "test", Schema, []));

        Assert.Equal(new TrainConfig { ClipRange = 0.5 }, config.Train);
        Assert.Equal(new SampleConfig(), config.Sample);
        Assert.False(config.Lora.Enabled);
        Assert.Equal(4, config.Lora.Rank);
    }

    [Fact]
    public void The_configurations_of_the_golden_runs_can_be_read()
    {
        var files = GoldenFolder.Files("runs", "*.json");
        Assert.NotEmpty(files);
        Assert.All(files, file =>
        {
            using var run = JsonDocument.Parse(File.ReadAllText(file));
            List<string> problems = [];
            var layer = SettingsLayer.FromJson(run.RootElement.GetProperty("config").GetRawText(), file, Schema, problems);
            Assert.Empty(problems);
            Assert.Empty((Schema.Bind<DdpoConfig>(layer) with { AllowPolicyMismatch = true }).Problems());
        });
    }
}
