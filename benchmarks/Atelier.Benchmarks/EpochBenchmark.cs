using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;

namespace Atelier.Benchmarks;

/// <summary>One epoch of the default run: how fast it is compared with this machine's matmul.</summary>
internal static class EpochBenchmark
{
    private const int EpochCount = 4;

    public static void Run()
    {
        using var run = new QuickstartRun(seed: 0, epochs: EpochCount);
        var flops = CountFlops(run);
        Console.WriteLine($"{Machine.Describe()}");
        Console.WriteLine($"an epoch: {flops.Sampling / 1e9:f0} GFLOP sampling, {flops.Decoding / 1e9:f0} decoding, {flops.Training / 1e9:f0} training (three times the forward passes)");
        var peaks = new List<double> { Peak.Measure() };
        run.AfterEpoch = _ => peaks.Add(Peak.Measure());
        run.Train();
        for (var i = 0; i < run.Times.Count; i++)
        {
            var time = run.Times[i];
            var peak = (peaks[i] + peaks[i + 1]) / 2;
            var total = flops.Sampling + flops.Decoding + flops.Training;
            Console.WriteLine(
                $"epoch {i}: {time.Sampling + time.Training:f2} s (sampling, decoding, scoring {time.Sampling:f2}, training {time.Training:f2}); sgemm {peak / 1e9:f0} GFLOP/s; "
                + $"ratio {total / (time.Sampling + time.Training) / peak:f3} (sampling {(flops.Sampling + flops.Decoding) / time.Sampling / peak:f3}, training {flops.Training / time.Training / peak:f3})");
        }
    }

    private static (double Sampling, double Decoding, double Training) CountFlops(QuickstartRun run)
    {
        using var scope = NewDisposeScope();
        var pipeline = run.Pipeline.Pipeline;
        var (unet, vae) = (new FlopCounter(), new FlopCounter());
        using var counted = new StableDiffusionPipeline(StableDiffusionComponents.Load(pipeline.Components.Folder, Placement.Cpu));
        unet.Attach(counted.Components.Unet);
        vae.Attach(counted.Components.Vae);
        counted.Generate(new GenerationRequest { Prompts = ["a red circle"], Seeds = [1], StepCount = 1, GuidanceScale = 1 });
        var config = run.Config;
        double images = config.SamplesPerEpoch;
        var steps = images * config.Sample.NumSteps;
        return (unet.Count * steps, vae.Count * images, 3 * unet.Count * images * config.TrainedStepCount);
    }
}
