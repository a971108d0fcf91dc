using Atelier.Training.Settings;

namespace Atelier.Training.Runs;

/// <summary>Says where a run lies and what it goes on from. It is found once: a name that is free now may be taken a moment later.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="ResumeFrom">Where an earlier run goes on; null for a new run.</param>
public sealed record RunStart(RunFolder Folder, ResumePoint? ResumeFrom)
{
    /// <summary>Finds where the run of a request without <see cref="TrainingPlan.Problems"/> begins.</summary>
    /// <param name="settings">The settings.</param>
    /// <returns>The start. Nothing has been created.</returns>
    /// <exception cref="ArgumentException">The folder is taken, or there is nothing to go on with; the message says what to do.</exception>
    public static RunStart Find(RunSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var start = settings.Ddpo.ResumeFrom.Length == 0 ? new RunStart(RunFolder.Choose(settings), ResumeFrom: null) : Resume(settings);
        return start.Problem(settings) is { } problem ? throw new ArgumentException(problem, nameof(settings)) : start;
    }

    /// <summary>Names the model that the run starts from; a resumed one takes the commit that it began with, wherever its branch is now.</summary>
    /// <param name="settings">The settings.</param>
    /// <returns>The names, for <see cref="ModelSource.FindAsync"/>.</returns>
    public ModelRequest NameModel(RunSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var earlier = ResumeFrom is null ? null : RunManifest.Find(Folder.Manifest);
        var commit = settings.PretrainedModel.Equals(earlier?.Model, StringComparison.Ordinal) ? earlier?.ModelCommit : null;
        return new ModelRequest { Model = settings.PretrainedModel, Revision = commit ?? settings.PretrainedRevision, Variant = settings.Variant };
    }

    private static RunStart Resume(RunSettings settings)
    {
        try
        {
            var point = ResumePoint.Find(settings.Ddpo.ResumeFrom, settings.OutputFolder, settings.Ddpo.RunName);
            return new RunStart(point.Run, point);
        }
        catch (InvalidDataException exception)
        {
            throw new ArgumentException($"resume_from: {exception.Message}", nameof(settings), exception);
        }
    }

    private string? Problem(RunSettings settings)
    {
        if (ResumeFrom is null)
        {
            return Folder.ExplainTaken();
        }

        var done = ResumeFrom.State.EpochsDone;
        var isUnfinished = RunManifest.Find(Folder.Manifest)?.Status != RunManifest.Done; // killed while it wrote its last files
        return done < settings.Ddpo.NumEpochs || (isUnfinished && done == settings.Ddpo.NumEpochs)
            ? null
            : $"{Folder.Path} has done {done} epochs already: give num_epochs above that to go on";
    }
}
