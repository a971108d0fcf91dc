namespace Atelier.Training.Pretraining;

/// <summary>Says how the embedded model is evaluated.</summary>
public sealed record TinyEvaluationOptions
{
    /// <summary>Gets the number of captions, half of them of pairs of colour and shape that were never trained on.</summary>
    /// <value>200 by default, even and at least 2.</value>
    public int CaptionCount { get; init; } = 200;

    /// <summary>Gets the number of denoising steps.</summary>
    /// <value>20 by default, from 1 to 1000.</value>
    public int StepCount { get; init; } = 20;

    /// <summary>Gets the weight of guidance in the guided pictures.</summary>
    /// <value>5 by default, above 1.</value>
    public double GuidanceScale { get; init; } = 5;

    /// <summary>Gets the number of pictures that the VAE encodes and decodes.</summary>
    /// <value>200 by default, positive.</value>
    public int ReconstructionCount { get; init; } = 200;

    /// <summary>Gets the number of drawn pictures on which the judge itself is tried.</summary>
    /// <value>1000 by default, positive.</value>
    public int JudgedPictureCount { get; init; } = 1000;

    /// <summary>Gets the share of drawn pictures whose shape, and whose colour, the judge must see, for its word to count.</summary>
    /// <value>0.99 by default, from 0 to 1.</value>
    public double LeastJudgeAccuracy { get; init; } = 0.99;

    /// <summary>Gets the largest number of pictures on the sheet of samples.</summary>
    /// <value>40 by default, at least 2.</value>
    public int SheetPictureCount { get; init; } = 40;

    /// <summary>Checks the options.</summary>
    /// <returns>Every complaint, in the words of the options; nothing when all is well.</returns>
    public IEnumerable<string> Problems()
    {
        if (CaptionCount < 2 || CaptionCount % 2 != 0)
        {
            yield return $"{nameof(CaptionCount)} must be even and at least 2, is {CaptionCount}.";
        }

        if (StepCount is < 1 or > 1000)
        {
            yield return $"{nameof(StepCount)} must be from 1 to 1000, is {StepCount}.";
        }

        if (GuidanceScale is not > 1)
        {
            yield return $"{nameof(GuidanceScale)} must be above 1, is {GuidanceScale}.";
        }

        if (ReconstructionCount < 1 || JudgedPictureCount < 1)
        {
            yield return $"{nameof(ReconstructionCount)} and {nameof(JudgedPictureCount)} must be positive, are {ReconstructionCount} and {JudgedPictureCount}.";
        }

        if (LeastJudgeAccuracy is not (>= 0 and <= 1))
        {
            yield return $"{nameof(LeastJudgeAccuracy)} must be from 0 to 1, is {LeastJudgeAccuracy}.";
        }

        if (SheetPictureCount < 2)
        {
            yield return $"{nameof(SheetPictureCount)} must be at least 2, is {SheetPictureCount}.";
        }
    }
}
