namespace Atelier.Training.Pretraining;

/// <summary>Says how often a judge is right on drawn pictures, each fact in [0, 1].</summary>
/// <param name="Shape">The shape of the object.</param>
/// <param name="Colour">The colour of the object.</param>
/// <param name="BackgroundColour">The colour of the background.</param>
/// <param name="Texture">The texture of the background.</param>
/// <param name="Place">The place of the object.</param>
public sealed record SceneJudgeAccuracy(double Shape, double Colour, double BackgroundColour, double Texture, double Place);
