namespace Atelier.Rewards.Scenes;

/// <summary>Names the colour of an object or of a background.</summary>
public enum SceneColour
{
    /// <summary>RGB around (214, 40, 40).</summary>
    Red,

    /// <summary>RGB around (245, 140, 30).</summary>
    Orange,

    /// <summary>RGB around (250, 220, 50).</summary>
    Yellow,

    /// <summary>RGB around (45, 160, 70).</summary>
    Green,

    /// <summary>RGB around (40, 90, 210).</summary>
    Blue,

    /// <summary>RGB around (130, 55, 175).</summary>
    Purple,

    /// <summary>RGB around (242, 242, 242).</summary>
    White,

    /// <summary>RGB around (26, 26, 28).</summary>
    Black,
}
