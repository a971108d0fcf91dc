using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Schedulers;
using Atelier.Diffusion.Weights;
using Atelier.Rewards.Scenes;
using Atelier.Tokenization;
using Atelier.Tracking;
using Atelier.Training.Updates;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Atelier.Training.Pretraining;

/// <summary>Trains the embedded model's UNet and text encoder together on latents of drawn pictures, with captions written anew each time.</summary>
/// <remarks>
/// Loss: the squared error of the noise, weighted by min((1 + SNR)/SNR, limit): at the noisy timesteps, where the prompt decides what becomes of the picture, the plain error is small whatever the prompt says.
/// Source: Salimans and Ho 2022 (arXiv:2202.00512), section 4 (the weight of velocity prediction); Hang et al. 2023 (arXiv:2303.09556), section 3.3 (bounding it).
/// </remarks>
internal sealed class UnetPretraining
{
    private const int RecordInterval = 100;
    private const int SaveInterval = 500;
    private const long InitialStream = 3;
    private const long StepStream = 4;

    private readonly UnetPretrainingOptions _options;
    private readonly long _seed;
    private readonly float[] _alphas = NoiseSchedule.From(TinyArchitecture.Schedule).Alphas.ToArray();

    public UnetPretraining(UnetPretrainingOptions options, long seed)
    {
        _options = options;
        _seed = seed;
    }

    /// <summary>Trains to the end, from the checkpoint where there is one, and leaves the averaged weights in the networks.</summary>
    public void Run(TinyNetworks networks, LatentSet latents, string checkpointPath, TrainingTime time, PretrainingOutput output)
    {
        using (var generator = new Generator(new SceneRandom(_seed, InitialStream).NextBits()))
        {
            WeightInitialization.Initialize(networks.Unet, generator);
            WeightInitialization.Initialize(networks.TextEncoder, generator);
        }

        var parameters = Parameters(networks);
        using var optimizer = new FusedAdamW(parameters, new AdamWOptions { Beta2 = 0.99, WeightDecay = 1e-3 });
        using var average = new AveragedWeights(parameters, _options.AverageDecay);
        var checkpoint = new PretrainingCheckpoint(checkpointPath, optimizer, average.Values);
        var first = checkpoint.Restore();
        var rates = new LearningRateSchedule(_options.LearningRate, 200, _options.StepCount);
        using var stage = output.Progress.Begin("UNet", _options.StepCount, "step", first);
        var sum = checkpoint.Sums is [var begun] ? begun : 0;
        var (step, position) = (first, time.Position(first, first, _options.StepCount));
        while (position < _options.StepCount)
        {
            sum += Step(networks, latents, optimizer, step, rates.At(position)) / RecordInterval;
            average.Update(step);
            step++;
            string? note = null;
            if (step % RecordInterval == 0)
            {
                output.Tracker.Log(new RunRecord(step, "unet") { ["loss"] = sum, ["learning_rate"] = rates.At(position) });
                note = $"loss {sum:f4}";
                sum = 0;
            }

            var next = time.Position(first, step, _options.StepCount);
            stage.Advance(next - position, note);
            position = next;
            if (step % SaveInterval == 0 || position >= _options.StepCount || output.Cancellation.IsCancellationRequested)
            {
                checkpoint.Save(sum);
                output.Cancellation.ThrowIfCancellationRequested();
            }
        }

        average.CopyToParameters();
    }

    /// <summary>Puts the averaged weights of a checkpoint into the networks.</summary>
    public static void LoadAverages(TinyNetworks networks, string checkpointPath)
    {
        using var file = SafetensorsFile.Open(checkpointPath);
        foreach (var (name, value) in Parameters(networks))
        {
            TensorStorage.ReadInto(file, file.Entries[$"average.{name}"], value);
        }
    }

    private static (string Name, Parameter Value)[] Parameters(TinyNetworks networks) =>
    [
        .. networks.Unet.named_parameters().Select(pair => ($"unet.{pair.name}", pair.parameter)),
        .. networks.TextEncoder.named_parameters().Select(pair => ($"text.{pair.name}", pair.parameter)),
    ];

    private double Step(TinyNetworks networks, LatentSet latents, FusedAdamW optimizer, int step, double learningRate)
    {
        using var scope = NewDisposeScope();
        var random = new SceneRandom(_seed, (StepStream << 32) + step);
        using var generator = new Generator(random.NextBits());
        var count = _options.BatchSize;
        var indices = Enumerable.Range(0, count).Select(_ => (long)random.NextIndex(latents.Scenes.Count)).ToArray();
        var captions = indices.Select(i => random.NextBool(_options.EmptyCaptionShare) ? string.Empty : SceneCaption.Write(latents.Scenes[(int)i], random).Text).ToArray();
        var offset = random.NextDouble(); // stratified, so that a batch covers all timesteps evenly
        var timesteps = Enumerable.Range(0, count).Select(i => (long)(_alphas.Length * ((offset + i) / count % 1))).ToArray();

        long[] shape = [count, TinyArchitecture.Unet.InChannels, TinyArchitecture.Unet.SampleSize!.Value, TinyArchitecture.Unet.SampleSize!.Value];
        var clean = latents.Draw(tensor(indices), randn(shape, generator: generator));
        var noise = randn(shape, generator: generator);
        var signal = tensor(timesteps.Select(t => MathF.Sqrt(_alphas[t])).ToArray()).view(-1, 1, 1, 1);
        var level = tensor(timesteps.Select(t => MathF.Sqrt(1 - _alphas[t])).ToArray()).view(-1, 1, 1, 1);
        var weights = tensor(timesteps.Select(t => (float)Math.Min(1 / _alphas[t], _options.WeightLimit)).ToArray()); // 1/ᾱ = (1 + SNR)/SNR

        var condition = networks.TextEncoder.call(Tokens(networks.Tokenizer, captions));
        var predicted = networks.Unet.call((signal * clean) + (level * noise), tensor(timesteps), condition);
        var errors = (predicted - noise).square().mean([1, 2, 3]);
        optimizer.ZeroGradients();
        (errors * weights).mean().backward();
        optimizer.ClipGradients(1);
        optimizer.Step(learningRate);
        return errors.mean().item<float>();
    }

    private static Tensor Tokens(ClipTokenizer tokenizer, IReadOnlyList<string> captions)
    {
        var prompts = tokenizer.Encode(captions);
        return tensor(prompts.Ids, [prompts.Count, prompts.MaxLength]);
    }
}
