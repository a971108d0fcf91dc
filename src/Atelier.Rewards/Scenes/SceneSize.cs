namespace Atelier.Rewards.Scenes;

/// <summary>Names how large the object is.</summary>
public enum SceneSize
{
    /// <summary>Radius 11 to 14 pixels.</summary>
    Small,

    /// <summary>Radius 16 to 20 pixels; captions never say it.</summary>
    Medium,

    /// <summary>Radius 22 to 26 pixels.</summary>
    Large,
}
