namespace Atelier.Training.Pretraining;

/// <summary>Says how well pictures follow their captions, fact by fact.</summary>
public sealed record PromptAgreement
{
    /// <summary>Gets how often the object's colour is right.</summary>
    public required FactAgreement Colour { get; init; }

    /// <summary>Gets how often the object's shape is right.</summary>
    public required FactAgreement Shape { get; init; }

    /// <summary>Gets how often colour and shape are right together.</summary>
    public required FactAgreement ColourAndShape { get; init; }

    /// <summary>Gets how often the object's place is right.</summary>
    public required FactAgreement Place { get; init; }

    /// <summary>Gets how often the background's colour is right.</summary>
    public required FactAgreement BackgroundColour { get; init; }

    /// <summary>Gets how often the background's texture is right.</summary>
    public required FactAgreement Texture { get; init; }

    /// <summary>Lists the facts by name.</summary>
    internal IReadOnlyList<(string Name, FactAgreement Agreement)> Facts =>
    [
        ("colour", Colour), ("shape", Shape), ("colour and shape", ColourAndShape), ("place", Place), ("background colour", BackgroundColour), ("texture", Texture),
    ];

    /// <summary>Counts.</summary>
    internal static PromptAgreement Count(IReadOnlyList<JudgedPicture> pictures) => new()
    {
        Colour = Count(pictures, picture => picture.HasColour),
        Shape = Count(pictures, picture => picture.HasShape),
        ColourAndShape = Count(pictures, picture => picture.HasColour & picture.HasShape),
        Place = Count(pictures, picture => picture.HasPlace),
        BackgroundColour = Count(pictures, picture => picture.HasBackgroundColour),
        Texture = Count(pictures, picture => picture.HasTexture),
    };

    private static FactAgreement Count(IReadOnlyList<JudgedPicture> pictures, Func<JudgedPicture, bool?> isRight) =>
        new(pictures.Count(picture => isRight(picture) is true), pictures.Count(picture => isRight(picture) is not null));
}
