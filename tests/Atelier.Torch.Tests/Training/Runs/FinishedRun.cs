using Atelier.Imaging;
using Atelier.Training.Runs;
using Atelier.Training.Settings;

namespace Atelier.Tests.Training.Runs;

/// <summary>The folder of a run that never took place; deleted when the test ends.</summary>
internal sealed class FinishedRun : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("atelier-card-");

    public FinishedRun(RunSettings? settings = null, string modelFolder = "/home/somebody/models/secret", string status = RunManifest.Done, string prompt = "a red circle")
    {
        settings ??= new RunSettings { PretrainedModel = modelFolder, Reward = "redness", OutputFolder = _folder.FullName };
        Directory.CreateDirectory(Folder.Path);
        File.WriteAllText(Folder.Config, SettingsSchema.Of<RunSettings>().ToJson(settings));
        new RunManifest
        {
            Status = status,
            Started = new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero),
            Ended = new DateTimeOffset(2026, 3, 1, 13, 30, 0, TimeSpan.Zero),
            CommandLine = "atelier train --config /home/somebody/run.json",
            Model = settings.PretrainedModel,
            ModelCommit = modelFolder.Contains("models--", StringComparison.Ordinal) ? Path.GetFileName(modelFolder) : null,
            ModelFolder = modelFolder,
            Processor = "Some | CPU",
            Threads = 8,
            Device = "cuda:0",
        }.Write(Folder.Manifest);
        File.WriteAllText(
            Folder.Metrics,
            """
            {"step":0,"kind":"rewards","epoch":0,"reward_mean":0.1,"reward_std":0.3,"reward_std_within_prompt":0.2}
            {"step":0,"kind":"update","epoch":0,"loss":0.5}
            {"step":1,"kind":"rewards","epoch":1,"reward_mean":0.5,"reward_std":0.3,"reward_std_within_prompt":0.2}
            {"step":1,"kind":"update","epoch":1,"loss":0.5}

            """);
        WriteImages("before", prompt, .25f);
        WriteImages("after", prompt, .75f);
        PngFile.Write(Folder.BeforeAfter, Picture);
        PngFile.Write(Folder.RewardCurve, Picture);
        Directory.CreateDirectory(Folder.Final);
        File.WriteAllText(InFinal(settings.Ddpo.Lora.Enabled ? "pytorch_lora_weights.safetensors" : "model.safetensors"), "weights");
    }

    public RunFolder Folder => new(Path.Combine(_folder.FullName, "my-run"));

    private static RgbImage Picture { get; } = new(8, 8, new byte[8 * 8 * 3]);

    public string InFinal(string name) => Path.Combine(Folder.Final, name);

    public void Dispose() => _folder.Delete(recursive: true);

    private void WriteImages(string name, string prompt, float reward) => ImageFolder.Write(
        Path.Combine(Folder.Images, name),
        Enumerable.Range(0, 2).Select(i => new ImageRecord { Prompt = prompt, Seed = 7 + i, Reward = reward, SampleIndex = i, File = $"{i:d4}.png" }),
        Enumerable.Range(0, 2).Select(i => ($"{i:d4}.png", PngFile.Encode(Picture))));
}
