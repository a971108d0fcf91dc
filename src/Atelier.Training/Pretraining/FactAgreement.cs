namespace Atelier.Training.Pretraining;

/// <summary>Says how often a fact that captions state is seen in the pictures.</summary>
/// <param name="Right">The number of pictures that show it.</param>
/// <param name="Asked">The number of captions that state it.</param>
public sealed record FactAgreement(int Right, int Asked)
{
    /// <summary>Gets the share of pictures that show it, or null when no caption states it.</summary>
    public double? Share => Asked == 0 ? null : Right / (double)Asked;
}
