namespace Atelier.Rewards;

/// <summary>Scores final images: the number that training raises.</summary>
public interface IReward
{
    /// <summary>Gets the name that logs and reports show, such as <c>jpeg_compressibility</c>.</summary>
    string Name { get; }

    /// <summary>Gets the unit of the rewards, such as <c>kB</c>; empty for a plain number.</summary>
    string Unit { get; }

    /// <summary>Scores a batch.</summary>
    /// <remarks>
    /// What needs the images' tensor on the calling thread's device is best done before the first await. An implementation may be asked for several
    /// batches at once, and must give the same numbers in any order.
    /// </remarks>
    /// <param name="batch">The images and their prompts, borrowed until the task has ended.</param>
    /// <param name="cancellationToken">Asks to give up.</param>
    /// <returns>One finite number for each image.</returns>
    ValueTask<RewardResult> ScoreAsync(RewardBatch batch, CancellationToken cancellationToken = default);
}
