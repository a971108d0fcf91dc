using Atelier.Imaging;

namespace Atelier.Training.Runs;

/// <summary>One picture and what it was made from.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Seed">Its seed.</param>
public sealed record Picture(RgbImage Image, string Prompt, long Seed);
