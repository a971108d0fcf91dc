namespace Atelier.Diffusion.Tensors;

/// <summary>Random numbers from a counter-based generator, keyed by seed and purpose.</summary>
/// <remarks>
/// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (Philox 4×32, 10 rounds); normal numbers by Box and Muller 1958.
/// </remarks>
/// <param name="seed">The run's seed.</param>
public sealed class RandomSource(long seed) : IRandomSource
{
    private const uint SeedPurpose = 1;
    private const uint NoisePurpose = 2;
    private const uint ShufflePurpose = 3;
    private const long SeedMask = (1L << 48) - 1; // seeds stay exact in JSON readers that know doubles only

    /// <inheritdoc/>
    public long ImageSeed(int epoch, int sampleIndex)
    {
        var block = Philox(seed, new Counter((uint)epoch, (uint)sampleIndex, 0, SeedPurpose));
        return (long)(((ulong)block.A << 32) | block.B) & SeedMask;
    }

    /// <inheritdoc/>
    public void FillNormal(long imageSeed, NoiseDraw draw, Span<float> destination)
    {
        Span<float> normals = stackalloc float[4]; // outside the loop: stack is given back only when the method ends
        for (var i = 0; i < destination.Length; i += 4)
        {
            var block = Philox(imageSeed, new Counter((uint)(i / 4), (uint)draw.Step, 0, NoisePurpose));
            BoxMuller(block.A, block.B, normals);
            BoxMuller(block.C, block.D, normals[2..]);
            normals[..Math.Min(4, destination.Length - i)].CopyTo(destination[i..]);
        }
    }

    /// <inheritdoc/>
    public int[] Permutation(ShuffleDraw shuffle, int count)
    {
        var order = Enumerable.Range(0, count).ToArray();
        for (var i = count - 1; i > 0; i--)
        {
            // The position takes the upper half of the word that the index does not need.
            var counter = new Counter((uint)i, (uint)shuffle.Epoch, (uint)shuffle.InnerEpoch, ShufflePurpose + ((uint)(shuffle.Position + 1) << 8));
            var block = Philox(seed, counter);
            var other = (int)(((UInt128)(((ulong)block.A << 32) | block.B) * (ulong)(i + 1)) >> 64);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    /// <summary>Computes one block of Philox 4×32 with 10 rounds.</summary>
    /// <param name="key">The key's two words, the first one in the low half.</param>
    /// <param name="counter">Which block.</param>
    /// <returns>Four uniform words.</returns>
    internal static Counter Philox(long key, Counter counter)
    {
        var (low, high) = ((uint)key, (uint)((ulong)key >> 32));
        for (var round = 0; round < 10; round++)
        {
            var first = 0xD2511F53UL * counter.A;
            var second = 0xCD9E8D57UL * counter.C;
            counter = new Counter((uint)(second >> 32) ^ counter.B ^ low, (uint)second, (uint)(first >> 32) ^ counter.D ^ high, (uint)first);
            low += 0x9E3779B9;
            high += 0xBB67AE85;
        }

        return counter;
    }

    private static void BoxMuller(uint first, uint second, Span<float> normals)
    {
        const double Unit = 1.0 / 4294967296.0;
        var radius = Math.Sqrt(-2 * Math.Log((first + 1.0) * Unit)); // (0, 1]
        var (sine, cosine) = Math.SinCos(2 * Math.PI * second * Unit);
        normals[0] = (float)(radius * cosine);
        normals[1] = (float)(radius * sine);
    }

    /// <summary>The words of a counter, or of the block that belongs to it.</summary>
    internal readonly record struct Counter(uint A, uint B, uint C, uint D);
}
