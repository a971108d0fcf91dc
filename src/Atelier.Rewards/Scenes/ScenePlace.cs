namespace Atelier.Rewards.Scenes;

/// <summary>Names where the object is.</summary>
public enum ScenePlace
{
    /// <summary>In the middle; captions never say it.</summary>
    Centre,

    /// <summary>At the left edge, half way down.</summary>
    Left,

    /// <summary>At the right edge, half way down.</summary>
    Right,

    /// <summary>At the upper edge, half way across.</summary>
    Top,

    /// <summary>At the lower edge, half way across.</summary>
    Bottom,
}
