using Atelier.Imaging;

namespace Atelier.Training.Runs;

/// <summary>One picture with what it was made from and what it earned.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Reward">Its reward.</param>
public sealed record ScoredImage(RgbImage Image, string Prompt, long Seed, float Reward)
{
    /// <summary>Gets the words under the picture: prompt and reward.</summary>
    public string Caption => $"{Prompt}\n{Reward:0.###}";
}
