using System.Text.Json.Nodes;
using Atelier.Diffusion.Models.Clip;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Tensors;
using Atelier.Diffusion.Weights;
using Atelier.Tracking;
using static TorchSharp.torch;

namespace Atelier.Training.Pretraining;

/// <summary>
/// Makes the embedded model from nothing: draws pictures, trains a judge and the VAE, then the UNet with the text encoder, writes a diffusers folder and evaluates it.
/// </summary>
/// <remarks>
/// Every stage keeps a checkpoint, and a stage that is done is not done again: a run that was interrupted goes on exactly where it stopped.
/// The VAE is not trained on once the UNet's training has begun.
/// </remarks>
public sealed class TinyPretraining
{
    /// <summary>The name of the model's folder.</summary>
    public const string ModelName = "tiny-sd";

    private const double VaeShareOfTime = 0.4;

    private readonly string _outputFolder;
    private readonly PretrainingOptions _options;
    private readonly PretrainingOutput _output;

    /// <summary>Creates the pretraining.</summary>
    /// <param name="outputFolder">Gets the checkpoints in <c>work/</c> and the model in <c>tiny-sd/</c>.</param>
    /// <param name="options">The settings.</param>
    /// <param name="output">Where it reports to.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names all that are.</exception>
    public TinyPretraining(string outputFolder, PretrainingOptions options, PretrainingOutput output)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputFolder);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(output);
        if (options.Judge.Problems().Concat(options.Evaluation.Problems()).ToList() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        _outputFolder = outputFolder;
        _options = options;
        _output = output;
    }

    /// <summary>Gets the folder that the model is written to.</summary>
    public string ModelFolder => Path.Combine(_outputFolder, ModelName);

    private string VaeCheckpoint => InWork(_outputFolder, "vae.safetensors");

    private string UnetCheckpoint => InWork(_outputFolder, "unet.safetensors");

    private string JudgeFile => InWork(_outputFolder, TinyModelFolder.JudgeFileName);

    private string LatentsFile => InWork(_outputFolder, "latents.json");

    /// <summary>Opens the log of a run, after dropping what an interrupted run wrote behind its checkpoints.</summary>
    /// <param name="outputFolder">The folder of the run.</param>
    /// <param name="clock">Measures the seconds in the log; null leaves them out.</param>
    /// <returns>The log, which the caller disposes after the run.</returns>
    public static IRunTracker OpenLog(string outputFolder, TimeProvider? clock)
    {
        var isJudgeDone = File.Exists(InWork(outputFolder, TinyModelFolder.JudgeFileName));
        var vaeSteps = PretrainingCheckpoint.StepsIn(InWork(outputFolder, "vae.safetensors"));
        var unetSteps = PretrainingCheckpoint.StepsIn(InWork(outputFolder, "unet.safetensors"));
        return JsonLinesTracker.Resume(InWork(outputFolder, TrainingRecord.LogFileName), IsKept, clock);

        bool IsKept(RunRecord record) => record.Kind switch
        {
            "judge" => isJudgeDone,
            "vae" => record.Step <= vaeSteps,
            "unet" => record.Step <= unetSteps,
            _ => true,
        };
    }

    /// <summary>Runs what is not done yet, writes the model and evaluates it.</summary>
    /// <returns>How good the model is; <see cref="ModelFolder"/> has it, and more, in <c>training/</c>.</returns>
    /// <exception cref="InvalidOperationException">The folder belongs to a run with another seed, a loss is not finite, or the judge is not good enough.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the checkpoint is written.</exception>
    /// <exception cref="IOException">A file can't be written.</exception>
    public TinyEvaluationReport Run()
    {
        Directory.CreateDirectory(InWork(_outputFolder, string.Empty));
        RequireSameSeed();
        var tokenizer = TinyModelFolder.WriteTokenizer(InWork(_outputFolder, "tokenizer"));
        TrainJudge();
        var time = new TrainingTime(TimeProvider.System, _options.TimeLimit);
        using var vae = TrainVae(time);
        using var unet = new UNet2DConditionModel(TinyArchitecture.Unet, Placement.Cpu);
        using var encoder = new ClipTextModel(TinyArchitecture.Text(tokenizer.VocabularySize, tokenizer.EndTokenId), Placement.Cpu);
        var networks = new TinyNetworks(unet, encoder, tokenizer);
        var scalingFactor = TrainUnet(networks, vae, time);
        _output.Cancellation.ThrowIfCancellationRequested();
        return Publish(networks, vae, scalingFactor);
    }

    private static string InWork(string outputFolder, string name) => Path.Combine(outputFolder, "work", name);

    // Checkpoints do not say which random numbers they came from.
    private void RequireSameSeed()
    {
        var path = InWork(_outputFolder, "seed.json");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, new JsonObject { ["seed"] = _options.Seed }.ToJsonString() + "\n");
        }
        else if (JsonNode.Parse(File.ReadAllText(path))?["seed"]?.GetValue<long>() is var seed && seed != _options.Seed)
        {
            throw new InvalidOperationException($"{_outputFolder} holds a run with seed {seed}; this one has {_options.Seed}. Give it another folder.");
        }
    }

    private void TrainJudge()
    {
        if (File.Exists(JudgeFile))
        {
            return;
        }

        using var stage = _output.Progress.Begin("judge", _options.Judge.StepCount, "step");
        using var judge = SceneJudgeTraining.Run(_options.Judge, Report, _output.Cancellation);
        WeightWriter.Write(JudgeFile, judge, ScalarType.Float16);

        void Report(SceneJudgeProgress progress)
        {
            _output.Tracker.Log(new RunRecord(progress.Step, "judge") { ["loss"] = progress.Loss });
            stage.Advance(progress.Step - stage.Count, $"loss {progress.Loss:f4}");
        }
    }

    private AutoencoderKL TrainVae(TrainingTime time)
    {
        var vae = new AutoencoderKL(TinyArchitecture.Vae, Placement.Cpu);
        try
        {
            // A longer training would leave the UNet with latents that it does not know.
            var options = File.Exists(UnetCheckpoint) ? _options.Vae with { StepCount = PretrainingCheckpoint.StepsIn(VaeCheckpoint) } : _options.Vae;
            new VaePretraining(options, _options.Seed, VaeCheckpoint).Run(vae, time.Part(VaeShareOfTime), _output);
            return vae;
        }
        catch
        {
            vae.Dispose();
            throw;
        }
    }

    private double TrainUnet(TinyNetworks networks, AutoencoderKL vae, TrainingTime time)
    {
        if (PretrainingCheckpoint.StepsIn(UnetCheckpoint) >= _options.Unet.StepCount && ReadScalingFactor() is { } known)
        {
            UnetPretraining.LoadAverages(networks, UnetCheckpoint);
            return known;
        }

        using var latents = LatentSet.Encode(vae, _options.Unet.PictureCount, _options.Seed, _output.Progress, _output.Cancellation);
        File.WriteAllText(LatentsFile, new JsonObject { ["picture_count"] = _options.Unet.PictureCount, ["scaling_factor"] = latents.ScalingFactor }.ToJsonString() + "\n");
        new UnetPretraining(_options.Unet, _options.Seed).Run(networks, latents, UnetCheckpoint, time.Part(1), _output);
        return latents.ScalingFactor;
    }

    private double? ReadScalingFactor() => File.Exists(LatentsFile) ? JsonNode.Parse(File.ReadAllText(LatentsFile))?["scaling_factor"]?.GetValue<double>() : null;

    // Nobody ever sees half a model: it gets its name when all of it is there.
    private TinyEvaluationReport Publish(TinyNetworks networks, AutoencoderKL vae, double scalingFactor)
    {
        var draft = Path.Combine(_outputFolder, $".{ModelName}.draft");
        Delete(draft);
        try
        {
            TinyModelFolder.Write(draft, networks, vae, scalingFactor);
            File.Copy(JudgeFile, Path.Combine(draft, TinyModelFolder.JudgeFileName));
            var record = new TrainingRecord(Path.Combine(draft, "training"));
            var report = new TinyEvaluation(_options.Evaluation, _options.Seed, _output).Run(draft, record.Folder);
            record.Write(InWork(_outputFolder, TrainingRecord.LogFileName), _options, report);
            Delete(ModelFolder);
            Directory.Move(draft, ModelFolder);
            return report;
        }
        finally
        {
            Delete(draft);
        }
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
