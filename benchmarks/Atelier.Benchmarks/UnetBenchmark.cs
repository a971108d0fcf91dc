using System.Diagnostics;
using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;

namespace Atelier.Benchmarks;

/// <summary>A UNet of Stable Diffusion 1.5's size with random weights: forward passes and LoRA train steps.</summary>
internal static class UnetBenchmark
{
    private const int Repeats = 3;

    public static void Run()
    {
        Console.WriteLine(Machine.Describe());
        var config = new UNet2DConditionConfig { SampleSize = 64, CrossAttentionDim = [768], AttentionHeadDim = [8] };
        using var unet = new UNet2DConditionModel(config, Placement.Cpu);
        using (var _ = no_grad())
        {
            foreach (var (name, parameter) in unet.named_parameters())
            {
                if (parameter.dim() > 1)
                {
                    parameter.normal_(0, Math.Sqrt(1.0 / (parameter.numel() / parameter.shape[0])));
                }
                else if (!name.Contains("norm", StringComparison.Ordinal))
                {
                    parameter.zero_();
                }
            }
        }

        var flops = new FlopCounter();
        flops.Attach(unet);
        Forward(unet, batch: 1);
        var each = flops.Count;
        Console.WriteLine($"forward of one sample: {each / 1e12:f3} TFLOP");
        Measure("forward, batch 2", 2 * each, () => Forward(unet, 2));
        using var generator = new Generator(0);
        var adapters = LoraAdapters.Create(unet, new LoraOptions(), generator);
        adapters.PrepareTraining();
        Measure("LoRA train step, UNet batch 2 (guidance)", 0, () => TrainStep(unet, adapters, 2));
        Measure("LoRA train step, UNet batch 1 (no guidance)", 0, () => TrainStep(unet, adapters, 1));
    }

    private static void Measure(string what, double flops, Action action)
    {
        action();
        for (var i = 0; i < Repeats; i++)
        {
            var peak = Peak.Measure();
            var watch = Stopwatch.StartNew();
            action();
            var seconds = watch.Elapsed.TotalSeconds;
            var speed = flops > 0 ? $"{flops / seconds / peak:f3} of sgemm" : $"{seconds * peak / 1e12:f2} TFLOP-equivalents";
            Console.WriteLine($"{what}: {seconds:f2} s, sgemm {peak / 1e9:f0} GFLOP/s, {speed}, peak memory {Memory.PeakGibibytes():f2} GiB");
        }
    }

    private static void Forward(UNet2DConditionModel unet, long batch)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        unet.call(rand(batch, 4, 64, 64), full(batch, 500L), rand(batch, 77, 768));
    }

    private static void TrainStep(UNet2DConditionModel unet, LoraAdapters adapters, long batch)
    {
        using var scope = NewDisposeScope();
        unet.call(rand(batch, 4, 64, 64), full(batch, 500L), rand(batch, 77, 768)).square().mean().backward();
        adapters.CollectGradients();
    }
}
