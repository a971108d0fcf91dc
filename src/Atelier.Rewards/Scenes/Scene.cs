namespace Atelier.Rewards.Scenes;

/// <summary>Says what a picture of the drawn world shows: one object on a background.</summary>
/// <remarks>Exact colours, the exact place, radius and rotation are drawn by <see cref="SceneRenderer"/> and are no part of it.</remarks>
public sealed record Scene
{
    /// <summary>Gets the outline of the object.</summary>
    public required SceneShape Shape { get; init; }

    /// <summary>Gets the colour of the object.</summary>
    public required SceneColour Colour { get; init; }

    /// <summary>Gets the colour of the background, which differs from the object's.</summary>
    public required SceneColour BackgroundColour { get; init; }

    /// <summary>Gets how large the object is.</summary>
    public SceneSize Size { get; init; } = SceneSize.Medium;

    /// <summary>Gets how the object is filled.</summary>
    public ScenePattern Pattern { get; init; } = ScenePattern.Solid;

    /// <summary>Gets where the object is.</summary>
    public ScenePlace Place { get; init; } = ScenePlace.Centre;

    /// <summary>Gets what the background is made of.</summary>
    public SceneTexture Texture { get; init; } = SceneTexture.Plain;
}
