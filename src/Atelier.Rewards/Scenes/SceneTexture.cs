namespace Atelier.Rewards.Scenes;

/// <summary>Names what the background is made of.</summary>
public enum SceneTexture
{
    /// <summary>One colour.</summary>
    Plain,

    /// <summary>A fixed tile of noise, 16 by 16 pixels, of random strength.</summary>
    Noisy,

    /// <summary>Horizontal stripes, 4 pixels high.</summary>
    Striped,

    /// <summary>One dot in each cell of 8 by 8 pixels.</summary>
    Dotted,

    /// <summary>A chessboard of cells of 8 by 8 pixels.</summary>
    Checkered,
}
