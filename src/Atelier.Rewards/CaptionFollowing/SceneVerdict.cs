using Atelier.Rewards.Scenes;

namespace Atelier.Rewards;

/// <summary>Says what a judge sees in one picture.</summary>
/// <param name="Shape">The shape of the object.</param>
/// <param name="Colour">The colour of the object.</param>
/// <param name="BackgroundColour">The colour of the background.</param>
/// <param name="Texture">The texture of the background.</param>
/// <param name="Place">The place of the object.</param>
public sealed record SceneVerdict(
    FactProbabilities<SceneShape> Shape,
    FactProbabilities<SceneColour> Colour,
    FactProbabilities<SceneColour> BackgroundColour,
    FactProbabilities<SceneTexture> Texture,
    FactProbabilities<ScenePlace> Place);
