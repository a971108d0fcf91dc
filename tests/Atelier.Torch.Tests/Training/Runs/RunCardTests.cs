using Atelier.Artifacts.Hub.Cards;
using Atelier.Tests.Shared;
using Atelier.Training.Ddpo;
using Atelier.Training.Rollouts;
using Atelier.Training.Runs;
using Atelier.Training.Settings;
using Xunit;

namespace Atelier.Tests.Training.Runs;

public class RunCardTests
{
    private const string Hub = "/home/somebody/.cache/huggingface/hub/models--ns--base-model/snapshots/0123456789abcdef0123456789abcdef01234567";

    [Fact]
    public void The_folder_of_the_model_becomes_what_is_uploaded()
    {
        using FinishedRun run = new();

        var result = RunCard.Write(run.Folder);

        Assert.Equal(
            ["README.md", "images/after_0.png", "images/after_1.png", "images/before_0.png", "images/before_1.png", "images/before_after.png", "images/reward_curve.png", "pytorch_lora_weights.safetensors"],
            result.Files.Select(file => file.RepositoryPath));
        Assert.All(result.Files, file => Assert.Equal(File.ReadAllBytes(run.InFinal(file.RepositoryPath)), File.ReadAllBytes(file.LocalPath)));
        Assert.Equal(result.Card.ToString(), File.ReadAllText(run.InFinal("README.md")));
        Assert.Empty(result.Card.Problems());
        Assert.Empty(result.Card.Warnings());
    }

    [Fact]
    public void A_LoRA_of_a_model_on_the_hub_names_it()
    {
        using FinishedRun run = new(new RunSettings { PretrainedModel = "ns/base-model" }, Hub);

        var result = RunCard.Write(run.Folder, new RunCardOptions { RepositoryId = "me/llamas", License = "creativeml-openrail-m" });

        var fields = result.Card.Fields;
        Assert.Equal(("ns/base-model", "adapter", "diffusers", "text-to-image", "creativeml-openrail-m"), (fields.BaseModel, fields.BaseModelRelation, fields.LibraryName, fields.PipelineTag, fields.License));
        Assert.Contains("lora", fields.Tags);
        Assert.Equal([new CardWidget("a red circle", "images/after_0.png"), new CardWidget("a red circle", "images/after_1.png")], fields.Widget);
        Assert.Empty(result.Notes);
        Assert.Contains("# llamas: base-model trained for compressibility\n", result.Card.Body, StringComparison.Ordinal);
        Assert.Contains("from_pretrained(\"ns/base-model\")", result.Card.Body, StringComparison.Ordinal);
        Assert.Contains("load_lora_weights(\"me/llamas\", weight_name=\"pytorch_lora_weights.safetensors\")", result.Card.Body, StringComparison.Ordinal);
        Assert.Contains("atelier generate --lora me/llamas --pretrained-model ns/base-model --prompt \"a red circle\" --seed 7 --num-steps 50", result.Card.Body, StringComparison.Ordinal);
        Assert.Contains("at `0123456789ab`", result.Card.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(RunCard.UnknownRepository, result.Card.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_whole_model_is_a_fine_tune_without_the_tag_of_a_LoRA()
    {
        using FinishedRun run = new(new RunSettings { PretrainedModel = "ns/base-model", Ddpo = new DdpoConfig { Lora = new LoraConfig { Enabled = false } } }, Hub);

        var card = RunCard.Write(run.Folder, new RunCardOptions { RepositoryId = "me/llamas" }).Card;

        Assert.Equal("finetune", card.Fields.BaseModelRelation);
        Assert.DoesNotContain("lora", card.Fields.Tags);
        Assert.Contains("from_pretrained(\"me/llamas\")", card.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("load_lora_weights", card.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiny-sd", "/opt/atelier/models/tiny-sd", "not on the hub")]
    [InlineData("models/mine", "/home/somebody/models/mine", "a folder")]
    public void A_base_that_is_not_on_the_hub_is_left_out(string model, string folder, string note)
    {
        using FinishedRun run = new(new RunSettings { PretrainedModel = model }, folder);

        var result = RunCard.Write(run.Folder);

        Assert.Null(result.Card.Fields.BaseModel);
        Assert.Null(result.Card.Fields.BaseModelRelation);
        Assert.Contains(result.Notes, text => text.Contains("base model:", StringComparison.Ordinal) && text.Contains(note, StringComparison.Ordinal));
        Assert.Contains(result.Notes, text => text.Contains("no licence", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_of_the_machine_is_in_the_card()
    {
        using FinishedRun run = new(new RunSettings { PretrainedModel = "/home/somebody/models/secret", Prompts = "/home/somebody/prompts.txt", OutputFolder = "/home/somebody/runs", Evaluation = new EvaluationSettings { Prompts = "/home/somebody/held-out.txt" } });

        var text = RunCard.Write(run.Folder).Card.ToString();

        Assert.DoesNotContain("somebody", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Folder.Path, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.GetTempPath().TrimEnd('/'), text, StringComparison.Ordinal);
        Assert.DoesNotContain(Environment.MachineName, text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_says_what_happened()
    {
        using FinishedRun run = new();

        var body = RunCard.Write(run.Folder).Card.Body;

        Assert.Contains("<Gallery />", body, StringComparison.Ordinal);
        Assert.Contains("in the direction of red", body, StringComparison.Ordinal);
        Assert.Contains("| trained prompts, first and last epoch's samples | 2 | 0.100 | 0.500 | +0.400 (+2.0 sd) |\n\nThe last epoch's samples were drawn before that epoch's updates", body, StringComparison.Ordinal);
        Assert.Contains("![Reward by epoch](images/reward_curve.png)", body, StringComparison.Ordinal);
        Assert.Contains("| ![before](images/before_0.png)<br>0.250 | ![after](images/after_0.png)<br>0.750 |", body, StringComparison.Ordinal);
        Assert.Contains("2 epochs, 4 pictures, 2 updates", body, StringComparison.Ordinal);
        Assert.Contains("one CUDA GPU; Some \\| CPU, 8 threads", body, StringComparison.Ordinal);
        Assert.Contains("3 h 30 min, until 2026-03-01", body, StringComparison.Ordinal);
        Assert.Contains("| `train_clip_range` | 0.0001 |", body, StringComparison.Ordinal);
        Assert.Contains("https://arxiv.org/abs/2305.13301", body, StringComparison.Ordinal);
    }

    [Fact]
    public void Means_say_how_many_pictures_are_behind_them_and_after_which_epoch_they_were_taken()
    {
        using FinishedRun run = new();
        File.AppendAllText(run.Folder.Metrics, """
            {"step":0,"kind":"evaluation","epoch":0,"evaluation_reward_mean":0.2,"evaluation_count":12}
            {"step":1,"kind":"evaluation","epoch":1,"evaluation_reward_mean":0.4,"evaluation_count":12}

            """);
        Assert.Contains("| held-out prompts, after 1 of 2 epochs | 12 | 0.200 | 0.400 | +0.200 (+1.0 sd) |", RunCard.Write(run.Folder).Card.Body, StringComparison.Ordinal);

        File.AppendAllText(run.Folder.Metrics, """{"step":2,"kind":"evaluation","epoch":2,"evaluation_reward_mean":0.5,"evaluation_count":16}""" + "\n");
        Assert.Contains("| held-out prompts |  | 0.200 | 0.500 | +0.300 (+1.5 sd) |", RunCard.Write(run.Folder).Card.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void One_epoch_is_told_as_one_and_has_no_after()
    {
        using FinishedRun run = new();
        File.WriteAllLines(run.Folder.Metrics, File.ReadLines(run.Folder.Metrics).Take(2).ToList());

        var body = RunCard.Write(run.Folder).Card.Body;

        Assert.Contains("| trained prompts, the only epoch's samples | 2 | 0.100 | – | – |\n\nThe only epoch's samples are the untrained model's.", body, StringComparison.Ordinal);
        Assert.Contains("| 1 epoch, 2 pictures, 1 update |", body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_format_that_was_left_open_is_named_and_a_whole_model_has_no_settings_of_a_LoRA()
    {
        using FinishedRun lora = new();
        using FinishedRun whole = new(new RunSettings { Ddpo = new DdpoConfig { MixedPrecision = MixedPrecision.Bf16, Lora = new LoraConfig { Enabled = false } } });

        Assert.Contains("| `mixed_precision` | auto (used: fp16) |", RunCard.Write(lora.Folder).Card.Body, StringComparison.Ordinal);
        Assert.Contains("| `lora_rank` |", RunCard.Write(lora.Folder).Card.Body, StringComparison.Ordinal);
        Assert.Contains("| `mixed_precision` | bf16 |", RunCard.Write(whole.Folder).Card.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("lora_", RunCard.Write(whole.Folder).Card.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_pictures_the_example_is_a_prompt_that_was_trained_on()
    {
        using FinishedRun run = new(new RunSettings { Prompts = "quickstart" });
        Directory.Delete(run.Folder.Images, recursive: true);

        Assert.Contains($"--prompt \"{Prompts.Read("quickstart")[0]}\"", RunCard.Write(run.Folder).Card.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_is_shown_as_it_is_and_never_becomes_markup_or_code()
    {
        const string Prompt = "a \"cat\" | <b>$(rm)</b>\n*x* `y`";
        using FinishedRun run = new(new RunSettings { Prompts = "/home/somebody/prompts.txt" }, prompt: Prompt);

        var card = RunCard.Write(run.Folder).Card;

        Assert.Equal(Prompt, ModelCard.Parse(card.ToString()).Fields.Widget[0].Text);
        Assert.Contains("| a \"cat\" \\| &lt;b>\\$(rm)&lt;/b> \\*x\\* \\`y\\`<br>seed 7 |", card.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("$(rm)\"", card.Body, StringComparison.Ordinal);
        Assert.Contains("--prompt \"a photo of a llama\"", card.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_that_was_edited_keeps_its_text_and_learns_the_repository()
    {
        using FinishedRun run = new();
        var first = RunCard.Write(run.Folder).Card;
        File.WriteAllText(run.InFinal("README.md"), "---\nmine: 1 # note\nlicense: mit\n---\nMy words on " + RunCard.UnknownRepository + ".\n");

        var result = RunCard.Write(run.Folder, new RunCardOptions { RepositoryId = "me/llamas" });

        Assert.Equal("My words on me/llamas.\n", result.Card.Body);
        Assert.StartsWith("---\nmine: 1 # note\nlicense: mit\n", result.Card.ToString(), StringComparison.Ordinal);
        Assert.Equal(first.Fields.Widget, result.Card.Fields.Widget);
        Assert.Contains(result.Notes, note => note.Contains("is kept", StringComparison.Ordinal));
        Assert.Equal(first.ToString(), RunCard.Write(run.Folder, new RunCardOptions { ReplacesCard = true }).Card.ToString());
    }

    [Fact]
    public void Writing_again_changes_only_the_repository()
    {
        using FinishedRun run = new();
        RunCard.Write(run.Folder);

        var again = RunCard.Write(run.Folder, new RunCardOptions { RepositoryId = "me/my-run" });

        Assert.DoesNotContain(again.Notes, note => note.Contains("is kept", StringComparison.Ordinal));
        Assert.DoesNotContain(RunCard.UnknownRepository, again.Card.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_base_model_that_is_given_later_changes_text_code_and_table_and_is_remembered()
    {
        using FinishedRun run = new();
        RunCard.Write(run.Folder);

        var given = RunCard.Write(run.Folder, new RunCardOptions { BaseModel = "ns/base-model" }).Card;

        Assert.Contains("a LoRA for [ns/base-model](https://huggingface.co/ns/base-model)", given.Body, StringComparison.Ordinal);
        Assert.Contains("from_pretrained(\"ns/base-model\")", given.Body, StringComparison.Ordinal);
        Assert.Contains("| base model | [ns/base-model]", given.Body, StringComparison.Ordinal);
        Assert.Equal(given.ToString(), RunCard.Write(run.Folder).Card.ToString());
    }

    [Theory]
    [InlineData("not an id\\\"); import os")]
    [InlineData("/home/somebody/model")]
    public void A_base_model_on_the_card_that_is_no_id_does_not_get_into_the_text(string name)
    {
        using FinishedRun run = new();
        File.WriteAllText(run.InFinal("README.md"), $"---\nbase_model: \"{name}\"\n---\n");

        var card = RunCard.Write(run.Folder).Card;

        Assert.Contains("## The reward", card.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("import os", card.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("somebody", card.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_without_a_repository_names_the_one_that_the_run_was_uploaded_to()
    {
        using FinishedRun run = new();
        (RunManifest.Find(run.Folder.Manifest)! with { PublishedTo = "me/llamas" }).Write(run.Folder.Manifest);

        Assert.Contains("--lora me/llamas ", RunCard.Write(run.Folder).Card.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_is_a_persons_as_soon_as_one_letter_differs()
    {
        using FinishedRun run = new();
        var body = RunCard.Write(run.Folder).Card.Body;

        Assert.True(RunCardMark.IsUnchanged(body));
        Assert.True(RunCardMark.IsUnchanged("\r\n" + body.ReplaceLineEndings("\r\n") + "\r\n"));
        Assert.False(RunCardMark.IsUnchanged(body.Replace("## Limits", "## limits", StringComparison.Ordinal)));
        Assert.False(RunCardMark.IsUnchanged(body + "more\n"));
        Assert.False(RunCardMark.IsUnchanged(body[..body.IndexOf("<!-- Atelier", StringComparison.Ordinal)]));
    }

    [Fact]
    public void A_run_that_was_interrupted_says_so_to_its_owner()
    {
        using FinishedRun run = new(status: RunManifest.Interrupted);

        Assert.Contains(RunCard.Write(run.Folder).Notes, note => note.Contains("interrupted", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_without_pictures_has_a_card_without_a_gallery()
    {
        using FinishedRun run = new();
        Directory.Delete(run.Folder.Images, recursive: true);
        File.Delete(run.Folder.RewardCurve);
        File.Delete(run.Folder.BeforeAfter);

        var result = RunCard.Write(run.Folder);

        Assert.Equal(["README.md", "pytorch_lora_weights.safetensors"], result.Files.Select(file => file.RepositoryPath));
        Assert.DoesNotContain("Gallery", result.Card.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("images/", result.Card.ToString(), StringComparison.Ordinal);
        Assert.Contains(result.Notes, note => note.Contains("no pictures", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_without_a_model_is_refused()
    {
        using FinishedRun run = new();
        Directory.Delete(run.Folder.Final, recursive: true);

        var refusal = Assert.Throws<InvalidDataException>(() => RunCard.Write(run.Folder));

        Assert.Contains("resume_from", refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.Folder.Final));
    }

    [Fact]
    public void A_folder_that_is_no_run_is_refused() => Assert.Throws<InvalidDataException>(() => RunCard.Write(new RunFolder(GoldenFolder.At("tiny-sd1"))));

    [Fact]
    public void Every_reward_with_a_name_can_be_described()
    {
        foreach (var name in RewardCatalogue.Names.Append("colour:blue"))
        {
            var words = RewardCatalogue.Describe(name);
            Assert.NotNull(words);
            if (!RewardCatalogue.NeedsJudge(name))
            {
                using var reward = RewardCatalogue.Create(name, "");
                Assert.Equal(reward.Reward.Unit, words.Unit);
            }
        }

        Assert.Null(RewardCatalogue.Describe("beauty"));
        Assert.Contains("blue", RewardCatalogue.Describe("colour:blue")!.Goal, StringComparison.Ordinal);
    }

    // The settings that a command line would give, on a model of a few weights.
    [Fact]
    public async Task A_real_run_leaves_all_that_its_card_needs()
    {
        var root = Directory.CreateTempSubdirectory("atelier-card-").FullName;
        try
        {
            RunSettings settings = new() { PretrainedModel = GoldenFolder.At("tiny-sd1"), Prompts = "quickstart", OutputFolder = root, Threads = 1, Ddpo = TinyRunSetup.Usual with { RunName = "real" }, Preview = new PreviewSettings { Count = 2 } };
            var start = RunStart.Find(settings);
            var plan = TrainingPlan.Create(settings, start, await ModelSource.FindAsync(start.NameModel(settings), hub: null, TestContext.Current.CancellationToken));
            using (var run = TrainingRun.Load(plan, new RunSurroundings()))
            {
                await run.ExecuteAsync(TestContext.Current.CancellationToken);
            }

            var result = RunCard.Write(plan.Folder);

            Assert.Empty(result.Card.Problems());
            Assert.Equal(2, result.Card.Fields.Widget.Count);
            Assert.All((string[])["images/after_1.png", "images/before_1.png", "images/before_after.png", "images/reward_curve.png", "lora_kohya.safetensors"], path => Assert.Contains(result.Files, file => file.RepositoryPath == path));
            Assert.DoesNotContain(root, result.Card.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(GoldenFolder.RepositoryRoot, result.Card.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
