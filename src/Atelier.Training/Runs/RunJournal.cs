using Atelier.Diffusion.Tensors;
using Atelier.Imaging;
using Atelier.Tracking;
using Atelier.Training.Advantages;
using Atelier.Training.Rollouts;
using static TorchSharp.torch;

namespace Atelier.Training.Runs;

/// <summary>Keeps what a run shows: each epoch's images, previews, evaluations, and the pictures made of them. A failure costs the picture, never the run.</summary>
internal sealed class RunJournal(TrainingPlan plan, ModelProbe probe, string unit, IProgressReporter progress)
{
    private const int EvaluationEpoch = -1; // no epoch of training has it, so no image is evaluated that was trained on

    private readonly RandomSource _random = new(plan.Settings.Ddpo.Seed);
    private readonly List<string> _warnings = [];

    /// <summary>Gets what could not be written.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Gets or sets what interrupts drawing.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>Takes an epoch's images. The model is prepared for sampling and stands where it stood at the epoch's start.</summary>
    public void OnSamples(int epoch, IReadOnlyList<SampleBatch> batches, RunLogger log)
    {
        Attempt($"the images of epoch {epoch + 1}", () => SaveImages(epoch, batches, log));
        if (epoch == 0)
        {
            Probe(plan.Folder.Before, epoch, log);
        }
        else if (plan.Settings.Evaluation.Freq > 0 && epoch % plan.Settings.Evaluation.Freq == 0 && plan.HeldOutPrompts.Count > 0)
        {
            using var stage = progress.Begin("evaluating", probe.StepCount(plan.Settings.Evaluation.Count), "step");
            Attempt("an evaluation", () => Evaluate(epoch, log, stage));
        }
    }

    /// <summary>Draws and evaluates with the trained model, and makes the pictures of the run.</summary>
    public void OnEnd(int epoch, RunLogger log)
    {
        Probe(plan.Folder.After, epoch, log);
        Attempt("before_after.png", () => DrawBeforeAfter(log));
        Attempt("reward_curve.png", () => PngFile.Write(plan.Folder.RewardCurve, RunPictures.RewardCurve(RunHistory.Read(plan.Folder.Metrics), plan.Settings, unit)));
    }

    private void Probe(string folder, int epoch, RunLogger log)
    {
        var name = Path.GetFileName(folder);
        var items = PreviewItems();
        var evaluated = plan.HeldOutPrompts.Count > 0 ? probe.StepCount(plan.Settings.Evaluation.Count) : 0;
        if (items.Count == 0 && evaluated == 0)
        {
            return;
        }

        using var stage = progress.Begin(name, probe.StepCount(items.Count) + evaluated, "step");
        Attempt($"the pictures of {name}", () => Preview(folder, items, stage));
        if (evaluated > 0)
        {
            Attempt("an evaluation", () => Evaluate(epoch, log, stage));
        }
    }

    private void SaveImages(int epoch, IReadOnlyList<SampleBatch> batches, RunLogger log)
    {
        List<ImageRecord> records = [];
        List<(string File, byte[] Png)> files = [];
        List<TrackedImage> tracked = [];
        foreach (var batch in batches)
        {
            var wanted = Math.Clamp(plan.Settings.ImagesPerEpoch - records.Count, 0, batch.Prompts.Count);
            using var scope = NewDisposeScope();
            var images = wanted == 0 ? [] : ImageTensors.ToRgbImages(batch.Images[..wanted]);
            for (var i = 0; i < batch.Prompts.Count; i++)
            {
                var record = new ImageRecord { Prompt = batch.Prompts[i], Reward = batch.Rewards[i], Seed = batch.Seeds[i], Epoch = epoch, SampleIndex = records.Count };
                if (i < wanted)
                {
                    record = record with { File = $"{record.SampleIndex:d4}.png" };
                    files.Add((record.File, PngFile.Encode(images[i])));
                    tracked.Add(new TrackedImage(files[^1].Png, images[i].Width, images[i].Height, $"{record.Prompt} | {record.Reward:0.###}"));
                }

                records.Add(record);
            }
        }

        ImageFolder.Write(plan.Folder.ImagesOf(epoch), records, files);
        log.Tracker.LogImages(log.GlobalStep, "samples", tracked);
    }

    private void Preview(string folder, List<ProbeItem> items, ProgressStage stage)
    {
        if (items.Count == 0)
        {
            return;
        }

        var pictures = probe.Draw(items, stage, Cancellation);
        var records = pictures.Select((picture, i) => new ImageRecord { Prompt = picture.Prompt, Reward = picture.Reward, Seed = picture.Seed, SampleIndex = i, File = $"{i:d4}.png" });
        ImageFolder.Write(folder, records, pictures.Select((picture, i) => ($"{i:d4}.png", PngFile.Encode(picture.Image))));
    }

    private void Evaluate(int epoch, RunLogger log, ProgressStage stage)
    {
        var prompts = plan.HeldOutPrompts;
        var items = Enumerable.Range(0, plan.Settings.Evaluation.Count).Select(i => Item(prompts[i % prompts.Count], _random.ImageSeed(EvaluationEpoch, i))).ToList();
        var spread = Spread.Of(probe.Score(items, stage, Cancellation).ToList());
        log.Tracker.Log(new RunRecord(log.GlobalStep, RunHistory.EvaluationKind)
        {
            ["epoch"] = epoch,
            [RunHistory.EvaluationMean] = spread.Mean,
            ["evaluation_reward_std"] = spread.StandardDeviation,
            [RunHistory.EvaluationCount] = items.Count,
        });
    }

    private void DrawBeforeAfter(RunLogger log)
    {
        var before = ImageFolder.Read(plan.Folder.Before);
        var after = ImageFolder.Read(plan.Folder.After);
        if (before.Count == 0 && after.Count == 0)
        {
            return;
        }

        var sheet = RunPictures.BeforeAfter(before, after, plan.Settings);
        var png = PngFile.Encode(sheet);
        PngFile.Write(plan.Folder.BeforeAfter, sheet);
        log.Tracker.LogImages(log.GlobalStep, "before_after", [new TrackedImage(png, sheet.Width, sheet.Height, "before and after")]);
    }

    // The prompts of the run and, in the second half, those that are held out.
    private List<ProbeItem> PreviewItems()
    {
        var settings = plan.Settings.Preview;
        var first = settings.Prompts.Count > 0 ? settings.Prompts : plan.Prompts;
        var heldOut = settings.Prompts.Count > 0 ? [] : plan.HeldOutPrompts;
        var firstCount = heldOut.Count > 0 ? (settings.Count + 1) / 2 : settings.Count;
        return
        [
            .. Enumerable.Range(0, firstCount).Select(i => Item(first[i % first.Count], settings.Seed + i)),
            .. Enumerable.Range(0, settings.Count - firstCount).Select(i => Item(heldOut[i % heldOut.Count], settings.Seed + firstCount + i)),
        ];
    }

    private ProbeItem Item(string prompt, long seed) => new(prompt, plan.NegativePromptOf(prompt), seed);

    private void Attempt(string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _warnings.Add($"{what} could not be made: {exception.Message}");
            progress.WriteLine($"warning: {_warnings[^1]}");
        }
    }
}
