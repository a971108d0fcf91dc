namespace Atelier.Rewards;

/// <summary>Names what a reward of compressed sizes asks for.</summary>
public enum CompressionGoal
{
    /// <summary>Pictures that compress well: the reward is minus the size.</summary>
    SmallFiles,

    /// <summary>Pictures that compress badly: the reward is the size.</summary>
    LargeFiles,
}
