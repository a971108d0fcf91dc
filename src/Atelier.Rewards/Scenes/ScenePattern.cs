namespace Atelier.Rewards.Scenes;

/// <summary>Names how the object is filled.</summary>
public enum ScenePattern
{
    /// <summary>One colour; captions never say it.</summary>
    Solid,

    /// <summary>Vertical stripes, 4 pixels wide.</summary>
    Striped,

    /// <summary>One dot in each cell of 8 by 8 pixels.</summary>
    Dotted,

    /// <summary>A chessboard of cells of 4 by 4 pixels.</summary>
    Checkered,
}
