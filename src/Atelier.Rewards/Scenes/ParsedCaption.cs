namespace Atelier.Rewards.Scenes;

/// <summary>Lists the facts that a caption states. What is null is not said, so that a picture is free in it.</summary>
public sealed record ParsedCaption
{
    /// <summary>Gets the size of the object that is asked for.</summary>
    public SceneSize? Size { get; init; }

    /// <summary>Gets the colour of the object that is asked for.</summary>
    public SceneColour? Colour { get; init; }

    /// <summary>Gets the pattern of the object that is asked for.</summary>
    public ScenePattern? Pattern { get; init; }

    /// <summary>Gets the shape of the object that is asked for.</summary>
    public SceneShape? Shape { get; init; }

    /// <summary>Gets the place of the object that is asked for.</summary>
    public ScenePlace? Place { get; init; }

    /// <summary>Gets the colour of the background that is asked for.</summary>
    public SceneColour? BackgroundColour { get; init; }

    /// <summary>Gets the texture of the background that is asked for.</summary>
    public SceneTexture? Texture { get; init; }

    /// <summary>Gets whether nothing is said at all.</summary>
    public bool IsEmpty =>
        Size is null && Colour is null && Pattern is null && Shape is null && Place is null && BackgroundColour is null && Texture is null;
}
