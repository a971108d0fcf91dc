using Atelier.Imaging;
using Atelier.Rewards;
using Atelier.Rewards.Scenes;

namespace Atelier.Training.Pretraining;

/// <summary>A picture, what it was to show, and what the judge sees.</summary>
internal sealed record JudgedPicture(EvaluationPrompt Prompt, RgbImage Image, SceneVerdict Verdict)
{
    private ParsedCaption Asked => Prompt.Caption.Facts;

    /// <summary>Gets whether the object has the colour that the caption states; null when it states none. The same holds for the next ones.</summary>
    public bool? HasColour => IsSeen(Asked.Colour, Verdict.Colour);

    public bool? HasShape => IsSeen(Asked.Shape, Verdict.Shape);

    public bool? HasPlace => IsSeen(Asked.Place, Verdict.Place);

    public bool? HasBackgroundColour => IsSeen(Asked.BackgroundColour, Verdict.BackgroundColour);

    public bool? HasTexture => IsSeen(Asked.Texture, Verdict.Texture);

    /// <summary>Writes each fact that is asked for with a tick or a cross that no line break parts from it.</summary>
    public string Marks() => string.Join(' ', ((string?[])
    [
        Mark(Asked.Colour, HasColour), Mark(Asked.Shape, HasShape), Mark(Asked.Place, HasPlace), Mark(Asked.BackgroundColour, HasBackgroundColour), Mark(Asked.Texture, HasTexture),
    ]).OfType<string>());

    private static bool? IsSeen<TFact>(TFact? asked, FactProbabilities<TFact> seen)
        where TFact : struct, Enum =>
        asked is { } fact ? EqualityComparer<TFact>.Default.Equals(seen.Best, fact) : null;

    private static string? Mark<TFact>(TFact? asked, bool? isSeen)
        where TFact : struct, Enum =>
        asked is { } fact ? $"{SceneGrammar.Word(fact)}\u00a0{(isSeen is true ? '✓' : '✗')}" : null;
}
