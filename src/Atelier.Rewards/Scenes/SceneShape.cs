namespace Atelier.Rewards.Scenes;

/// <summary>Names the outline of the object.</summary>
public enum SceneShape
{
    /// <summary>A filled disc.</summary>
    Circle,

    /// <summary>A filled square.</summary>
    Square,

    /// <summary>A triangle that points up.</summary>
    Triangle,

    /// <summary>A star with five points.</summary>
    Star,

    /// <summary>A heart, its tip down.</summary>
    Heart,

    /// <summary>A disc with a round hole.</summary>
    Ring,

    /// <summary>An upright cross with four equal arms.</summary>
    Cross,
}
