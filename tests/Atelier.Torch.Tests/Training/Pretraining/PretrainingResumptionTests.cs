using Atelier.Diffusion.Models.Clip;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Tensors;
using Atelier.Tracking;
using Atelier.Training.Pretraining;
using TorchSharp;
using Xunit;

namespace Atelier.Tests.Training.Pretraining;

/// <summary>A stage whose token is cancelled takes one step, writes its checkpoint and stops.</summary>
public sealed class PretrainingResumptionTests : IDisposable
{
    private static readonly CancellationToken Cancelled = new(canceled: true);
    private static readonly VaePretrainingOptions Vae = new() { StepCount = 3, BatchSize = 2 };
    private static readonly UnetPretrainingOptions Unet = new() { StepCount = 3, BatchSize = 2, PictureCount = 6 };

    private readonly TemporaryFolder _folder = new();
    private readonly MemoryTracker _tracker = new();

    public void Dispose()
    {
        _tracker.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_vae_training_that_was_stopped_twice_ends_in_the_same_file()
    {
        TrainVae("whole", Vae, TestContext.Current.CancellationToken);
        Assert.Throws<OperationCanceledException>(() => TrainVae("stopped", Vae, Cancelled));
        Assert.Throws<OperationCanceledException>(() => TrainVae("stopped", Vae, Cancelled));
        Assert.Equal(2, PretrainingCheckpoint.StepsIn(_folder.At("stopped")));
        TrainVae("stopped", Vae, TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(_folder.At("whole")), File.ReadAllBytes(_folder.At("stopped")));
    }

    [Fact]
    public void A_unet_training_that_was_stopped_twice_ends_in_the_same_file_and_the_same_networks()
    {
        using var vae = TrainVae("vae", Vae with { StepCount = 1 }, TestContext.Current.CancellationToken);
        using var latents = LatentSet.Encode(vae, Unet.PictureCount, seed: 0, new QuietProgress(), TestContext.Current.CancellationToken);
        var whole = TrainUnet("whole", latents, TestContext.Current.CancellationToken);
        Assert.Throws<OperationCanceledException>(() => TrainUnet("stopped", latents, Cancelled));
        Assert.Throws<OperationCanceledException>(() => TrainUnet("stopped", latents, Cancelled));
        Assert.Equal(whole, TrainUnet("stopped", latents, TestContext.Current.CancellationToken));
        Assert.Equal(File.ReadAllBytes(_folder.At("whole")), File.ReadAllBytes(_folder.At("stopped")));
        Assert.Equal(whole, LoadAverages("whole"));
    }

    [Fact]
    public void A_stage_leaves_no_tensor_behind()
    {
        TrainVae("first", Vae, TestContext.Current.CancellationToken).Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        TrainVae("second", Vae, TestContext.Current.CancellationToken).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Where_time_runs_out_first_the_learning_rate_falls_with_time()
    {
        var clock = new SettableClock();
        var time = new TrainingTime(clock, TimeSpan.FromMinutes(10));
        Assert.Equal(0, time.Position(0, 0, 1000));
        clock.Elapsed = TimeSpan.FromMinutes(5);
        Assert.Equal(500, time.Position(0, 20, 1000));
        Assert.Equal(700, time.Position(0, 700, 1000));
        Assert.Equal(600, time.Position(200, 210, 1000));
        Assert.Equal(TimeSpan.FromMinutes(2), time.Part(.4).Left);
        clock.Elapsed = TimeSpan.FromMinutes(11);
        Assert.Equal(1000, time.Position(0, 20, 1000));
        Assert.Equal(20, TrainingTime.Unlimited.Position(0, 20, 1000));
    }

    [Fact]
    public void A_stage_without_any_time_left_takes_no_step()
    {
        using var vae = new AutoencoderKL(TinyArchitecture.Vae, Placement.Cpu);
        new VaePretraining(Vae, 0, _folder.At("none")).Run(vae, new TrainingTime(new SettableClock(), TimeSpan.Zero), RehearsedPretraining.Quiet(_tracker, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(_folder.At("none")));
    }

    private AutoencoderKL TrainVae(string name, VaePretrainingOptions options, CancellationToken cancellation)
    {
        var vae = new AutoencoderKL(TinyArchitecture.Vae, Placement.Cpu);
        new VaePretraining(options, 0, _folder.At(name)).Run(vae, TrainingTime.Unlimited, RehearsedPretraining.Quiet(_tracker, cancellation));
        return vae;
    }

    private float[] TrainUnet(string name, LatentSet latents, CancellationToken cancellation) =>
        WithNetworks(networks => new UnetPretraining(Unet, 0).Run(networks, latents, _folder.At(name), TrainingTime.Unlimited, RehearsedPretraining.Quiet(_tracker, cancellation)));

    private float[] LoadAverages(string name) => WithNetworks(networks => UnetPretraining.LoadAverages(networks, _folder.At(name)));

    // Returns the last convolution's weights afterwards.
    private float[] WithNetworks(Action<TinyNetworks> work)
    {
        var tokenizer = TinyModelFolder.WriteTokenizer(_folder.At("tokenizer"));
        using var unet = new UNet2DConditionModel(TinyArchitecture.Unet, Placement.Cpu);
        using var encoder = new ClipTextModel(TinyArchitecture.Text(tokenizer.VocabularySize, tokenizer.EndTokenId), Placement.Cpu);
        work(new TinyNetworks(unet, encoder, tokenizer));
        using var weights = unet.get_parameter("conv_out.weight")!.detach().clone();
        return weights.data<float>().ToArray();
    }

    private sealed class SettableClock : TimeProvider
    {
        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
