using Atelier.Tracking;
using Atelier.Training.Pretraining;

namespace Atelier.Tests.Training.Pretraining;

/// <summary>The whole pretraining with the sizes of a rehearsal, run once for all tests of a class.</summary>
public sealed class RehearsedPretraining : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RehearsedPretraining() => Report = Run(OutputFolder, PretrainingOptions.Rehearsal);

    public string OutputFolder => _folder.Path;

    public string ModelFolder => Path.Combine(OutputFolder, TinyPretraining.ModelName);

    public TinyEvaluationReport Report { get; }

    public static TinyEvaluationReport Run(string folder, PretrainingOptions options, CancellationToken cancellation = default)
    {
        using var log = TinyPretraining.OpenLog(folder, clock: null);
        return new TinyPretraining(folder, options, Quiet(log, cancellation)).Run();
    }

    public static PretrainingOutput Quiet(IRunTracker tracker, CancellationToken cancellation) => new(tracker, new QuietProgress(), cancellation);

    public void Dispose() => _folder.Dispose();
}
