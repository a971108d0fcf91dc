using System.Diagnostics;
using Atelier.Tracking;
using Atelier.Training.Ddpo;
using Atelier.Training.Recipes;

namespace Atelier.Benchmarks;

/// <summary>The default recipe, instrumented.</summary>
internal sealed class QuickstartRun : IDisposable
{
    private readonly Stopwatch _watch = new();
    private double _sampled;

    public QuickstartRun(long seed, int epochs)
    {
        var settings = Recipe.Load(Recipe.DefaultName).ToRunSettings();
        Config = settings.Ddpo with { Seed = seed, NumEpochs = epochs };
        Prompts = settings.Prompts;
        Pipeline = DefaultDdpoStableDiffusionPipeline.FromPretrained(settings.PretrainedModel, new DdpoPipelineOptions
        {
            Seed = seed,
            Lora = new() { Rank = Config.Lora.Rank, Alpha = Config.Lora.Alpha, Targets = Config.Lora.Targets },
        });
    }

    public DdpoConfig Config { get; }

    public string Prompts { get; }

    public DefaultDdpoStableDiffusionPipeline Pipeline { get; }

    /// <summary>Gets the seconds of each epoch.</summary>
    public List<(double Sampling, double Training)> Times { get; } = [];

    /// <summary>Gets what the epochs earned.</summary>
    public IReadOnlyList<EpochReport> Epochs { get; private set; } = [];

    /// <summary>Gets or sets what is called between two epochs; its time is not counted.</summary>
    public Action<int>? AfterEpoch { get; set; }

    /// <summary>Gets or sets when to stop; asked between two epochs.</summary>
    public Func<IReadOnlyList<EpochReport>, bool>? ShouldStop { get; set; }

    public void Train()
    {
        using var progress = new EpochListener(this);
        using var trainer = new DdpoTrainer(
            Config, Rewards.Rewards.JpegIncompressibility(), Training.Rollouts.Prompts.Named(Prompts), Pipeline,
            new DdpoServices { Progress = progress, ImageSamplesHook = (_, _, _) => _sampled = _watch.Elapsed.TotalSeconds });
        using var stop = new CancellationTokenSource();
        progress.OnEpoch = () =>
        {
            Times.Add((_sampled, _watch.Elapsed.TotalSeconds - _sampled));
            AfterEpoch?.Invoke(Times.Count - 1);
            Epochs = trainer.Epochs;
            if (ShouldStop?.Invoke(Epochs) == true)
            {
                stop.Cancel();
            }

            _watch.Restart();
        };
        _watch.Restart();
        try
        {
            trainer.TrainAsync(stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // stopped because enough was seen
        }
    }

    public void Dispose() => Pipeline.Dispose();

    /// <summary>Hears when an epoch ends.</summary>
    private sealed class EpochListener(QuickstartRun owner) : IProgressReporter
    {
        public Action? OnEpoch { get; set; }

        public ProgressStage Begin(string name, long total, string unit = "", long start = 0) =>
            new(name, total, unit, TimeProvider.System, stage =>
            {
                if (stage.Name == "epoch" && stage.Count > owner.Times.Count)
                {
                    OnEpoch?.Invoke();
                }
            });

        public void WriteLine(string text) => Console.WriteLine(text);

        public void Dispose()
        {
            // It holds nothing.
        }
    }
}
