namespace Atelier.Training.Advantages;

/// <summary>Turns an epoch's rewards into advantages.</summary>
public interface IAdvantageEstimator
{
    /// <summary>Estimates advantages.</summary>
    /// <param name="prompts">The prompt of each image of the epoch, [S].</param>
    /// <param name="rewards">Their rewards, [S].</param>
    /// <returns>A, [S]: how much better each image is than others, in standard deviations.</returns>
    float[] Estimate(IReadOnlyList<string> prompts, IReadOnlyList<float> rewards);

    /// <summary>Gives what must be kept to go on later.</summary>
    /// <returns>For each prompt its remembered rewards, oldest first; empty for an estimator without memory.</returns>
    IReadOnlyDictionary<string, IReadOnlyList<float>> Memory();

    /// <summary>Goes on with what another estimator remembered.</summary>
    /// <param name="memory">What <see cref="Memory"/> gave.</param>
    void Restore(IReadOnlyDictionary<string, IReadOnlyList<float>> memory);
}
