namespace Atelier.Diffusion.Tensors;

/// <summary>Where every random number of a run comes from: each is a function of what it is for, never of what was drawn before.</summary>
/// <remarks>So samples do not depend on batch size, process count or the order of rewards, and a resumed run needs no generator's state.</remarks>
public interface IRandomSource
{
    /// <summary>Gives the seed of one image; with it alone the image's noise can be made again.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="sampleIndex">The image's number within the epoch, from 0.</param>
    /// <returns>The seed, 0 or more.</returns>
    long ImageSeed(int epoch, int sampleIndex);

    /// <summary>Draws standard normal numbers for one image.</summary>
    /// <param name="imageSeed">The image's seed.</param>
    /// <param name="draw">Which of the image's draws.</param>
    /// <param name="destination">Receives the numbers.</param>
    void FillNormal(long imageSeed, NoiseDraw draw, Span<float> destination);

    /// <summary>Draws a permutation.</summary>
    /// <param name="shuffle">Which of the run's shuffles.</param>
    /// <param name="count">The number of things to shuffle.</param>
    /// <returns>The numbers 0 … count − 1 in random order.</returns>
    int[] Permutation(ShuffleDraw shuffle, int count);
}
