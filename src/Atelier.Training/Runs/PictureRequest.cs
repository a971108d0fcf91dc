namespace Atelier.Training.Runs;

/// <summary>Pictures that are to be made.</summary>
public sealed record PictureRequest
{
    /// <summary>Gets the prompt and the seed of each picture.</summary>
    public required IReadOnlyList<(string Prompt, long Seed)> Items { get; init; }

    /// <summary>Gets what the pictures are led away from.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>Gets the number of denoising steps.</summary>
    public int StepCount { get; init; } = 20;

    /// <summary>Gets the guidance scale; 1 or less is none.</summary>
    public double GuidanceScale { get; init; } = 5;

    /// <summary>Gets η in [0, 1].</summary>
    public double Eta { get; init; }

    /// <summary>Gets the width in pixels; null for the model's own.</summary>
    public int? Width { get; init; }

    /// <summary>Gets the height in pixels; null for the model's own.</summary>
    public int? Height { get; init; }
}
