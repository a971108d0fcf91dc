namespace Atelier.Training.Pretraining;

/// <summary>The settings of <see cref="TinyPretraining"/>.</summary>
public sealed record PretrainingOptions
{
    /// <summary>Gets the seed of all weights, pictures and captions but the judge's.</summary>
    /// <value>0 by default.</value>
    public long Seed { get; init; }

    /// <summary>Gets the settings of the judge, which has a seed of its own.</summary>
    /// <value>2500 steps and seed 1 by default.</value>
    public SceneJudgeTrainingOptions Judge { get; init; } = new() { StepCount = 2500 };

    /// <summary>Gets the settings of the VAE.</summary>
    public VaePretrainingOptions Vae { get; init; } = new();

    /// <summary>Gets the settings of the UNet and the text encoder.</summary>
    public UnetPretrainingOptions Unet { get; init; } = new();

    /// <summary>Gets the settings of the evaluation.</summary>
    public TinyEvaluationOptions Evaluation { get; init; } = new();

    /// <summary>Gets how long VAE and UNet are trained in all; learning rates then fall with time where that is faster than with steps.</summary>
    /// <value>Null by default: every step is taken. The judge, the latents and the evaluation come on top.</value>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Gets sizes with which everything runs in seconds, to rehearse: the model is noise.</summary>
    public static PretrainingOptions Rehearsal { get; } = new()
    {
        Judge = new() { StepCount = 2, BatchSize = 4, WarmUpStepCount = 1, ReportInterval = 1 },
        Vae = new() { StepCount = 2, BatchSize = 2 },
        Unet = new() { StepCount = 2, BatchSize = 2, PictureCount = 8 },
        Evaluation = new() { CaptionCount = 4, StepCount = 2, ReconstructionCount = 4, JudgedPictureCount = 4, LeastJudgeAccuracy = 0 },
    };
}
