using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Imaging;
using Atelier.Rewards;
using Atelier.Rewards.Scenes;
using static TorchSharp.torch;

namespace Atelier.Training.Pretraining;

/// <summary>Measures the embedded model as it lies in its folder: draws captions with it and lets an independent judge look.</summary>
internal sealed class TinyEvaluation(TinyEvaluationOptions options, long seed, PretrainingOutput output)
{
    private const int BatchSize = 50;
    private const int ShownReconstructionCount = 20;
    private const int ColumnCount = 10;
    private const long ReconstructionStream = 6;

    /// <summary>Evaluates.</summary>
    /// <param name="modelFolder">The model, in diffusers' layout, with the judge beside it.</param>
    /// <param name="sheetFolder">Gets <c>samples.png</c> and <c>reconstructions.png</c>.</param>
    /// <exception cref="InvalidOperationException">The judge is not good enough to judge.</exception>
    public TinyEvaluationReport Run(string modelFolder, string sheetFolder)
    {
        using var scope = NewDisposeScope();
        using var judge = SceneJudge.Load(Path.Combine(modelFolder, TinyModelFolder.JudgeFileName));
        var accuracy = Try(judge);
        using var pipeline = new StableDiffusionPipeline(StableDiffusionComponents.Load(modelFolder, Placement.Cpu));
        var reconstruction = Reconstruct(pipeline.Components.Vae, Path.Combine(sheetFolder, "reconstructions.png"));
        var prompts = EvaluationPrompt.Sample(options.CaptionCount, seed);
        var guided = Judge("guided pictures", prompts, judge, batch => Generate(pipeline, batch, options.GuidanceScale));
        var unguided = Judge("unguided pictures", prompts, judge, batch => Generate(pipeline, batch, guidanceScale: 1));
        WriteSheet(Path.Combine(sheetFolder, "samples.png"), guided);
        return new TinyEvaluationReport
        {
            Options = options,
            Judge = accuracy,
            All = PromptAgreement.Count(guided),
            SeenPairs = PromptAgreement.Count([.. guided.Where(picture => !picture.Prompt.IsHeldOut)]),
            HeldOutPairs = PromptAgreement.Count([.. guided.Where(picture => picture.Prompt.IsHeldOut)]),
            Unguided = PromptAgreement.Count(unguided),
            Reconstruction = reconstruction,
        };
    }

    /// <summary>Draws pictures of captions and judges them.</summary>
    /// <param name="name">What the progress is called.</param>
    /// <param name="prompts">The captions.</param>
    /// <param name="judge">The judge.</param>
    /// <param name="draw">Makes the pictures of some captions, [B, 3, H, W] in [0, 1].</param>
    internal IReadOnlyList<JudgedPicture> Judge(string name, IReadOnlyList<EvaluationPrompt> prompts, SceneJudge judge, Func<IReadOnlyList<EvaluationPrompt>, Tensor> draw)
    {
        var pictures = new List<JudgedPicture>(prompts.Count);
        using var stage = output.Progress.Begin(name, prompts.Count, "picture");
        foreach (var batch in prompts.Chunk(BatchSize))
        {
            output.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var images = draw(batch);
            var verdicts = judge.Judge(images);
            pictures.AddRange(batch.Zip(SceneImages.ToRgbImages(images), verdicts).Select(item => new JudgedPicture(item.First, item.Second, item.Third)));
            stage.Advance(batch.Length);
        }

        return pictures;
    }

    private SceneJudgeAccuracy Try(SceneJudge judge)
    {
        using var stage = output.Progress.Begin("judge on drawn pictures", options.JudgedPictureCount, "picture");
        var accuracy = SceneJudgeTraining.Evaluate(judge, options.JudgedPictureCount);
        stage.Advance(options.JudgedPictureCount);
        return accuracy.Shape >= options.LeastJudgeAccuracy && accuracy.Colour >= options.LeastJudgeAccuracy
            ? accuracy
            : throw new InvalidOperationException(
                $"The judge sees {accuracy.Shape:p1} of the shapes and {accuracy.Colour:p1} of the colours of drawn pictures; below {options.LeastJudgeAccuracy:p1} its word on the model counts for nothing.");
    }

    private Tensor Generate(StableDiffusionPipeline pipeline, IReadOnlyList<EvaluationPrompt> prompts, double guidanceScale) => pipeline.Generate(
        new GenerationRequest
        {
            Prompts = [.. prompts.Select(prompt => prompt.Caption.Text)],
            Seeds = [.. prompts.Select(prompt => prompt.Seed)],
            StepCount = options.StepCount,
            GuidanceScale = guidanceScale,
        },
        cancellation: output.Cancellation);

    private ReconstructionQuality Reconstruct(AutoencoderKL vae, string sheetPath)
    {
        var (absolute, squared, valueCount) = (0.0, 0.0, 0L);
        var shown = new List<SheetBand>();
        using var stage = output.Progress.Begin("reconstructions", options.ReconstructionCount, "picture");
        for (var start = 0; start < options.ReconstructionCount; start += BatchSize)
        {
            output.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var random = new SceneRandom(seed, (ReconstructionStream << 32) + start);
            var drawn = SceneImages.Draw(SceneImages.Sample(Math.Min(BatchSize, options.ReconstructionCount - start), random, SceneSubset.All), random);
            var decoded = vae.Decode(vae.Encode(drawn).Mean).clamp_(-1, 1);
            var difference = decoded - drawn;
            absolute += difference.abs().sum().item<float>();
            squared += difference.square().sum().item<float>();
            valueCount += difference.numel();
            if (start == 0)
            {
                shown.AddRange(Pairs(SceneImages.ToRgbImages((drawn + 1) / 2), SceneImages.ToRgbImages((decoded + 1) / 2)));
            }

            stage.Advance(drawn.shape[0]);
        }

        PngFile.Write(sheetPath, ContactSheet.Draw(shown, new SheetOptions { Title = "Drawn pictures, and what the VAE makes of them", Zoom = 2, MaximumColumnCount = ColumnCount }));
        return new ReconstructionQuality(options.ReconstructionCount, absolute / valueCount, 10 * Math.Log10(4 / (squared / valueCount)));
    }

    private static IEnumerable<SheetBand> Pairs(IEnumerable<RgbImage> drawn, IEnumerable<RgbImage> decoded)
    {
        foreach (var row in drawn.Zip(decoded).Take(ShownReconstructionCount).Chunk(ColumnCount))
        {
            yield return new SheetBand([.. row.Select(pair => new SheetCell(pair.First))], "drawn");
            yield return new SheetBand([.. row.Select(pair => new SheetCell(pair.Second))], "encoded and decoded");
        }
    }

    private void WriteSheet(string path, IReadOnlyList<JudgedPicture> pictures)
    {
        SheetBand Band(bool isHeldOut, string heading) => new(
            [.. pictures.Where(picture => picture.Prompt.IsHeldOut == isHeldOut).Take(options.SheetPictureCount / 2).Select(picture => new SheetCell(picture.Image, $"{picture.Prompt.Caption.Text}\n{picture.Marks()}"))],
            heading);

        var layout = new SheetOptions
        {
            Title = FormattableString.Invariant($"{options.StepCount} steps, guidance {options.GuidanceScale}; ✓ and ✗: what the judge sees of what was asked for"),
            Zoom = 2,
            MaximumColumnCount = ColumnCount,
            MaximumCaptionLineCount = 8,
        };
        PngFile.Write(path, ContactSheet.Draw([Band(isHeldOut: false, "Pairs of colour and shape that were trained on"), Band(isHeldOut: true, "Pairs that were never trained on")], layout));
    }
}
