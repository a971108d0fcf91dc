using System.Diagnostics.CodeAnalysis;
using Atelier.Rewards.Scenes;

namespace Atelier.Rewards;

/// <summary>Makes rewards.</summary>
[SuppressMessage("Design", "MA0049:Type name should not match containing namespace", Justification = "Training scripts read Rewards.JpegCompressibility().")]
public static class Rewards
{
    /// <summary>Rewards pictures that compress well.</summary>
    /// <returns>The reward: minus the size in kB at quality 95.</returns>
    public static IReward JpegCompressibility() => new CompressibilityReward(new CompressibilityRewardOptions { Goal = CompressionGoal.SmallFiles });

    /// <summary>Rewards pictures that compress badly.</summary>
    /// <returns>The reward: the size in kB at quality 95.</returns>
    public static IReward JpegIncompressibility() => new CompressibilityReward(new CompressibilityRewardOptions { Goal = CompressionGoal.LargeFiles });

    /// <summary>Rewards pictures for being of a named colour.</summary>
    /// <param name="colour">The colour.</param>
    /// <returns>The reward, in [-1, 1].</returns>
    public static IReward Colour(SceneColour colour) => new ColourReward(ColourRewardOptions.For(colour));

    /// <summary>Rewards pictures for being of any colour.</summary>
    /// <param name="red">How much red it has, in [0, 1].</param>
    /// <param name="green">How much green it has, in [0, 1].</param>
    /// <param name="blue">How much blue it has, in [0, 1].</param>
    /// <returns>The reward, in [-1, 1].</returns>
    /// <exception cref="ArgumentOutOfRangeException">A channel is outside [0, 1].</exception>
    public static IReward Colour(double red, double green, double blue) => new ColourReward(new ColourRewardOptions { Red = red, Green = green, Blue = blue });

    /// <summary>Rewards pictures of the drawn world for showing what their prompts ask for.</summary>
    /// <param name="judge">A trained judge, borrowed.</param>
    /// <returns>The reward, in [0, 1].</returns>
    public static IReward CaptionFollowing(SceneJudge judge) => new CaptionFollowingReward(judge);

    /// <summary>Makes a reward of a function.</summary>
    /// <param name="name">The name that logs and reports show.</param>
    /// <param name="function">Scores the images.</param>
    /// <param name="unit">The unit of its numbers; empty for plain ones.</param>
    /// <returns>The reward.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is blank.</exception>
    public static IReward From(string name, RewardFunction function, string unit = "") => new LambdaReward(name, function, unit);
}
