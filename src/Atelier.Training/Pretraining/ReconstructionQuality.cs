namespace Atelier.Training.Pretraining;

/// <summary>Says how much of a drawn picture is left after the VAE has encoded and decoded it.</summary>
/// <param name="PictureCount">The number of pictures.</param>
/// <param name="L1">The mean absolute difference, of values in [-1, 1].</param>
/// <param name="Psnr">The peak signal-to-noise ratio in decibels, 10 log₁₀(2² / mean squared difference).</param>
public sealed record ReconstructionQuality(int PictureCount, double L1, double Psnr);
