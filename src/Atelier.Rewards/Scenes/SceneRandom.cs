using System.Numerics;

namespace Atelier.Rewards.Scenes;

/// <summary>Draws the random numbers of the drawn world, the same ones for a seed on every machine and framework version.</summary>
/// <remarks>
/// The generator is xoshiro256** with its state filled by SplitMix64, as its authors recommend.
/// An instance is one sequence and is not safe for use by several threads at once: give each thread, or each picture, its own stream.
/// </remarks>
public sealed class SceneRandom
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    /// <summary>Starts a sequence.</summary>
    /// <param name="seed">The seed of the whole world.</param>
    /// <param name="stream">Which of the seed's unrelated sequences: an index of a picture, a worker or a purpose.</param>
    public SceneRandom(long seed, long stream = 0)
    {
        var state = (ulong)seed;
        state = SplitMix(ref state) ^ (ulong)stream;
        _a = SplitMix(ref state);
        _b = SplitMix(ref state);
        _c = SplitMix(ref state);
        _d = SplitMix(ref state);
    }

    /// <summary>Draws 64 random bits.</summary>
    /// <returns>Any number, each equally likely.</returns>
    public ulong NextBits()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Draws a number that is uniform in [0, 1).</summary>
    /// <returns>A multiple of 2⁻⁵³.</returns>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Draws a number that is uniform in a range.</summary>
    /// <param name="low">The least number.</param>
    /// <param name="high">The number that is just not reached.</param>
    /// <returns>A number in [<paramref name="low"/>, <paramref name="high"/>).</returns>
    public double NextUniform(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>Draws an index, each equally likely.</summary>
    /// <param name="count">How many there are, positive.</param>
    /// <returns>An index in [0, <paramref name="count"/>).</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public int NextIndex(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return (int)Math.BigMul(NextBits(), (ulong)count, out _);
    }

    /// <summary>Draws an index, each with its own probability.</summary>
    /// <param name="probabilities">The probabilities, which sum to 1.</param>
    /// <returns>An index into <paramref name="probabilities"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="probabilities"/> is empty.</exception>
    public int NextIndex(ReadOnlySpan<double> probabilities)
    {
        if (probabilities.IsEmpty)
        {
            throw new ArgumentException("There is nothing to choose from.", nameof(probabilities));
        }

        var left = NextDouble();
        for (var index = 0; index < probabilities.Length - 1; index++)
        {
            left -= probabilities[index];
            if (left < 0)
            {
                return index;
            }
        }

        return probabilities.Length - 1;
    }

    /// <summary>Draws whether something happens.</summary>
    /// <param name="probability">How likely it is, in [0, 1].</param>
    /// <returns>True when it happens.</returns>
    public bool NextBool(double probability) => NextDouble() < probability;

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
