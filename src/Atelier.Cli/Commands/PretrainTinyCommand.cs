using Atelier.Cli.Options;
using Atelier.Diffusion.Native;
using Atelier.Tracking;
using Atelier.Training.Pretraining;

namespace Atelier.Cli.Commands;

/// <summary>Makes the embedded model anew: <c>atelier pretrain-tiny</c>.</summary>
public static class PretrainTinyCommand
{
    /// <summary>Runs the command.</summary>
    /// <param name="settings">What was asked, checked.</param>
    /// <param name="environment">Where to print, and how.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="RequestException">The output folder can't be made.</exception>
    public static async Task<int> RunAsync(PretrainSettings settings, CliEnvironment environment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(environment);
        MakeFolder(settings.OutputFolder);
        TorchRuntime.EnsureLoadable();
        TorchRuntime.KeepFreedMemory();
        TorchRuntime.UseThreads(settings.Threads);
        try
        {
            var (report, folder) = Train(settings, environment, cancellationToken);
            await environment.Output.WriteLineAsync(environment.IsJson ? report.ToJson() : $"{report.ToTable()}\n\nThe model is in {folder}.");
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await environment.Error.WriteLineAsync($"stopped; what is done is kept in {Path.Combine(settings.OutputFolder, "work")}. Go on with: {Spell(settings)}");
            return ExitCode.Interrupted;
        }
    }

    private static (TinyEvaluationReport Report, string Folder) Train(PretrainSettings settings, CliEnvironment environment, CancellationToken cancellationToken)
    {
        using var tracker = TinyPretraining.OpenLog(settings.OutputFolder, environment.Time);
        using IProgressReporter progress = environment.IsQuiet ? new QuietProgress() : new ConsoleProgress(environment.Error, Display(environment), environment.Time);
        var pretraining = new TinyPretraining(settings.OutputFolder, Options(settings), new PretrainingOutput(tracker, progress, cancellationToken));
        return (pretraining.Run(), pretraining.ModelFolder);
    }

    private static PretrainingOptions Options(PretrainSettings settings)
    {
        var standard = new PretrainingOptions();
        return standard with
        {
            Seed = settings.Seed,
            Judge = standard.Judge with { Seed = settings.Seed + standard.Judge.Seed },
            Vae = settings.VaeSteps == 0 ? standard.Vae : standard.Vae with { StepCount = settings.VaeSteps },
            Unet = settings.UnetSteps == 0 ? standard.Unet : standard.Unet with { StepCount = settings.UnetSteps },
            TimeLimit = settings.Minutes == 0 ? null : TimeSpan.FromMinutes(settings.Minutes),
        };
    }

    private static ConsoleProgressOptions Display(CliEnvironment environment)
    {
        var standard = new ConsoleProgressOptions();
        return standard with
        {
            IsTerminal = environment.IsTerminal,
            Width = environment.IsTerminal && !Console.IsOutputRedirected && Console.WindowWidth > 0 ? Console.WindowWidth : standard.Width,
            HasColor = !environment.Variables.ContainsKey("NO_COLOR"),
        };
    }

    private static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RequestException($"output_folder can't be made: {exception.Message}");
        }
    }

    private static string Spell(PretrainSettings settings)
    {
        var standard = new PretrainSettings();
        List<string> words = ["atelier pretrain-tiny", "--output-folder", Quote(settings.OutputFolder)];
        Add("--seed", settings.Seed, standard.Seed);
        Add("--vae-steps", settings.VaeSteps, standard.VaeSteps);
        Add("--unet-steps", settings.UnetSteps, standard.UnetSteps);
        Add("--minutes", settings.Minutes, standard.Minutes);
        Add("--threads", settings.Threads, standard.Threads);
        return string.Join(' ', words);

        void Add<TValue>(string name, TValue value, TValue usual)
            where TValue : IFormattable, IEquatable<TValue>
        {
            if (!value.Equals(usual))
            {
                words.Add(FormattableString.Invariant($"{name} {value}"));
            }
        }
    }

    private static string Quote(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path;
}
