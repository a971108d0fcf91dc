using Atelier.Artifacts.Hub.Cards;
using Atelier.Testing;
using Atelier.Training.Runs;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary>A model is trained, pushed, and loaded by its id on a machine that has nothing of it.</summary>
public sealed class PublishingTests(PublishedRun run)
{
    [Fact]
    public async Task A_pushed_lora_draws_the_same_pictures_on_another_machine()
    {
        var first = await run.FindAsync();
        await using var other = HubMachine.Beside(first);
        await run.CopyToAsync(other);

        (await other.RunAsync(PublishedRun.Draw("--lora", $"runs/{PublishedRun.Name}", "--output-folder", "local"))).AssertDone();
        Assert.Empty(other.Files("hf"));
        (await other.RunAsync(PublishedRun.Draw("--lora", PublishedRun.Id, "--output-folder", "hub"))).AssertDone();
        (await other.RunAsync(PublishedRun.Draw("--pretrained-model", PublishedRun.Id, "--output-folder", "short"))).AssertDone();
        (await other.RunAsync(PublishedRun.Draw("--output-folder", "bare"))).AssertDone();

        AssertSamePictures(other, "local", "hub");
        AssertSamePictures(other, "local", "short");
        Assert.NotEqual(await Picture(other, "local"), await Picture(other, "bare"));
    }

    [Fact]
    public async Task The_card_of_a_pushed_lora_says_what_it_is()
    {
        var machine = await run.FindAsync();
        var files = machine.Server.Model(PublishedRun.Id).Head().Files;
        var text = Text(files["README.md"]);
        var fields = ModelCard.Parse(text).Fields;

        Assert.Equal(("diffusers", "text-to-image", null, null), (fields.LibraryName, fields.PipelineTag, fields.BaseModel, fields.License));
        Assert.Contains(ModelCardFields.LoraTag, fields.Tags);
        Assert.Contains("ddpo", fields.Tags);
        Assert.Equal(2, fields.Widget.Count);
        Assert.All(fields.Widget, widget => Assert.Contains(widget.ImageUrl, files.Keys));
        Assert.Contains($"--lora {PublishedRun.Id} ", text, StringComparison.Ordinal);
        Assert.Contains("reward_curve.png", text, StringComparison.Ordinal);
        Assert.DoesNotContain(machine.Folder, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Environment.MachineName, text, StringComparison.Ordinal);

        var sent = files.Keys.Where(path => path != ".gitattributes").Order(StringComparer.Ordinal);
        Assert.Equal(machine.Files($"runs/{PublishedRun.Name}/final").Select(path => path.Replace('\\', '/')), sent);
        Assert.Equal(200, Assert.Single(machine.Server.Requests.Matching("POST", "/api/validate-yaml")).Status);
        Assert.Equal("Upload DDPO LoRA", machine.Server.Model(PublishedRun.Id).Head().Title);
    }

    [Fact]
    public async Task Pushing_again_sends_nothing()
    {
        await using var machine = await CopyAsync();
        await machine.RunAsync("hub", "upload", PublishedRun.Id, "runs/circles");
        var head = machine.Server.Model(PublishedRun.Id).Sha;
        machine.Server.Requests.Clear();

        var result = (await machine.RunAsync("hub", "upload", PublishedRun.Id, "runs/circles")).AssertDone();

        Assert.Contains("nothing was changed", result.Errors, StringComparison.Ordinal);
        Assert.Equal(head, machine.Server.Model(PublishedRun.Id).Sha);
        Assert.Equal(0, machine.Server.Requests.CountOf("PUT", "*"));
        Assert.Equal(0, machine.Server.Requests.CountOf("POST", "*/commit/*"));
        Assert.Equal(0, machine.Server.Requests.CountOf("POST", "*/objects/batch"));
    }

    [Fact]
    public async Task A_card_that_a_person_edited_on_the_hub_keeps_what_they_wrote()
    {
        await using var machine = await CopyAsync();
        (await machine.RunAsync("hub", "upload", PublishedRun.Id, "runs/circles")).AssertDone();
        var model = machine.Server.Model(PublishedRun.Id);
        var text = Text(model.File("README.md"));
        model.Commit(files => files.Add("README.md", Edit(text)));

        (await machine.RunAsync("hub", "upload", PublishedRun.Id, "runs/circles", "--license", "mit")).AssertDone();

        var card = ModelCard.Parse(Text(model.File("README.md")));
        Assert.Equal("mit", card.Fields.License);
        Assert.Contains("language: en", card.ToString(), StringComparison.Ordinal);
        Assert.Contains("My own words.", card.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("## The reward", card.Body, StringComparison.Ordinal);

        (await machine.RunAsync("hub", "upload", PublishedRun.Id, "runs/circles", "--license", "mit", "--replace-card")).AssertDone();
        Assert.Contains("## The reward", Text(model.File("README.md")), StringComparison.Ordinal);
        Assert.DoesNotContain("My own words.", Text(model.File("README.md")), StringComparison.Ordinal);

        static string Edit(string text) => text[..text.IndexOf("\n---\n", 4, StringComparison.Ordinal)] + "\nlanguage: en\n---\n# Mine\n\nMy own words.\n";
    }

    [Fact]
    public async Task A_card_that_a_person_edited_in_the_run_is_never_lost()
    {
        await using var machine = await CopyAsync();
        (await machine.RunAsync("hub", "upload", PublishedRun.Id, "runs/circles")).AssertDone();
        var local = machine.At("runs", "circles", "final", "README.md");
        await File.AppendAllTextAsync(local, "\nMy local words.\n", TestContext.Current.CancellationToken);
        var model = machine.Server.Model(PublishedRun.Id);
        model.Commit(files => files.Add("README.md", Text(model.File("README.md")) + "\nMy words on the hub.\n"));
        var head = machine.Server.Model(PublishedRun.Id).Sha;

        (await machine.RunAsync("hub", "upload", PublishedRun.Id, "runs/circles")).AssertComplains(2, "--replace-card", "README.md");
        Assert.Equal(head, machine.Server.Model(PublishedRun.Id).Sha);
        Assert.Contains("My local words.", await File.ReadAllTextAsync(local, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        (await machine.RunAsync("hub", "upload", PublishedRun.Id, "runs/circles", "--replace-card")).AssertDone();
        Assert.Contains("My local words.", Text(machine.Server.Model(PublishedRun.Id).File("README.md")), StringComparison.Ordinal);
        Assert.Contains("My local words.", await File.ReadAllTextAsync(local, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_never_touches_the_hub_does_not_mind_a_bad_variable_of_it()
    {
        await using var machine = (await HubMachine.StartAsync()).With("HF_ENDPOINT", "no address").With("HF_TOKEN", "hf bad");
        (await machine.RunAsync(PublishedRun.Draw("--pretrained-model", HubMachine.TinyModel, "--output-folder", "pictures"))).AssertDone();
    }

    [Fact]
    public async Task A_folder_with_a_config_that_is_no_run_is_uploaded_as_it_is()
    {
        await using var machine = (await HubMachine.StartAsync()).LogIn();
        (await machine.RunAsync("hub", "upload", "alice/unet", Path.Combine(HubMachine.TinyModel, "unet"))).AssertDone();
        Assert.Contains("config.json", machine.Server.Model("alice/unet").Head().Files.Keys);
    }

    [Fact]
    public async Task A_whole_model_is_pushed_and_drawn_with_by_its_id()
    {
        await using var machine = (await HubMachine.StartAsync()).LogIn();
        var trained = (await machine.RunAsync(PublishedRun.Train("--run-name", "whole", "--no-use-lora", "--push-to-hub", "--json"))).AssertDone();
        var result = System.Text.Json.Nodes.JsonNode.Parse(trained.Output)!; // one document, not two
        Assert.Equal(machine.Server.Model("alice/whole").Sha, result["hub"]!["commit"]!.GetValue<string>());

        await using var other = HubMachine.Beside(machine);
        (await machine.RunAsync(PublishedRun.Draw("--pretrained-model", "runs/whole", "--output-folder", "pictures"))).AssertDone();
        (await other.RunAsync(PublishedRun.Draw("--pretrained-model", "alice/whole", "--output-folder", "pictures"))).AssertDone();

        Assert.Equal(await Picture(machine, "pictures"), await Picture(other, "pictures"));
        var model = machine.Server.Model("alice/whole");
        Assert.DoesNotContain(ModelCardFields.LoraTag, ModelCard.Parse(Text(model.File("README.md"))).Fields.Tags);
        Assert.Contains("model_index.json", model.Head().Files.Keys);
    }

    [Fact]
    public async Task A_run_on_a_model_of_the_hub_names_it_carries_its_licence_and_stays_on_its_commit()
    {
        await using var machine = (await HubMachine.StartAsync()).LogIn();
        var start = machine.Server.AddModel("ns/base", files => files.AddFolder(HubMachine.TinyModel).Add("README.md", "---\nlicense: creativeml-openrail-m\n---\n# Base\n"));
        var commit = start.Sha;

        (await machine.RunAsync(PublishedRun.Train("--pretrained-model", "ns/base", "--run-name", "apple", "--push-to-hub"))).AssertDone();

        var text = Text(machine.Server.Model("alice/apple").File("README.md"));
        var fields = ModelCard.Parse(text).Fields;
        Assert.Equal(("ns/base", "adapter", "creativeml-openrail-m"), (fields.BaseModel, fields.BaseModelRelation, fields.License));
        Assert.Contains(commit[..12], text, StringComparison.Ordinal);
        Assert.Equal(commit, RunManifest.Find(machine.At("runs", "apple", "manifest.json"))!.ModelCommit);

        await using var other = HubMachine.Beside(machine);
        (await other.RunAsync(PublishedRun.Draw("--lora", "alice/apple", "--output-folder", "pictures"))).AssertDone();
        (await machine.RunAsync(PublishedRun.Draw("--lora", "runs/apple", "--output-folder", "pictures"))).AssertDone();
        Assert.Equal(await Picture(machine, "pictures"), await Picture(other, "pictures"));

        machine.Server.Requests.Clear();
        (await other.With("HF_HUB_OFFLINE", "1").RunAsync(PublishedRun.Draw("--lora", "alice/apple", "--output-folder", "offline"))).AssertDone();
        AssertSamePictures(other, "pictures", "offline");
        Assert.Empty(machine.Server.Requests);

        start.Commit(files => files.Remove("unet/diffusion_pytorch_model.safetensors"));
        Directory.Delete(machine.Cache, recursive: true);
        var resumed = (await machine.RunAsync("train", "--resume-from", "runs/apple", "--num-epochs", "2")).AssertDone();
        Assert.DoesNotContain("exists already", resumed.Errors, StringComparison.Ordinal); // the repository is this run's own
        Assert.Equal("alice/apple", RunManifest.Find(machine.At("runs", "apple", "manifest.json"))!.PublishedTo);
        Assert.Equal(commit, RunManifest.Find(machine.At("runs", "apple", "manifest.json"))!.ModelCommit);
        Assert.Equal([commit], Directory.GetDirectories(Path.Combine(machine.Repository("ns/base"), "snapshots")).Select(Path.GetFileName));
    }

    // What other tests of this class see on the hub stays as it is: this one gets its own copy of both.
    private async Task<HubMachine> CopyAsync()
    {
        var machine = (await HubMachine.StartAsync()).LogIn();
        await run.CopyToAsync(machine);
        return machine;
    }

    private static string Text(HostedFile file) => System.Text.Encoding.UTF8.GetString(file.Content.ToArray());

    private static Task<byte[]> Picture(HubMachine machine, string folder) => File.ReadAllBytesAsync(machine.At(folder, "a-red-circle-0.png"));

    private static void AssertSamePictures(HubMachine machine, string one, string other) => Assert.All(
        (string[])["a-red-circle-0.png", "a-red-circle-1.png"],
        name => Assert.Equal(File.ReadAllBytes(machine.At(one, name)), File.ReadAllBytes(machine.At(other, name))));
}
