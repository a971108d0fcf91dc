using Atelier.Diffusion.Tensors;
using Xunit;

namespace Atelier.Tests.Diffusion.Tensors;

public class RandomSourceTests
{
    private const int Count = 1 << 16;

    // Known answers of Random123 1.09 (kat_vectors), philox4x32 10.
    [Theory]
    [InlineData(0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)]
    [InlineData(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd)]
    [InlineData(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1)]
    public void Philox_gives_the_published_answers(uint a, uint b, uint c, uint d, uint low, uint high, uint w, uint x, uint y, uint z) =>
        Assert.Equal(new RandomSource.Counter(w, x, y, z), RandomSource.Philox((long)(((ulong)high << 32) | low), new RandomSource.Counter(a, b, c, d)));

    [Fact]
    public void Normal_numbers_have_the_moments_of_the_normal_distribution()
    {
        var values = Normals(5, NoiseDraw.OfStep(3), Count);
        double Moment(int power) => values.Average(value => Math.Pow(value, power));
        Assert.Equal(0, Moment(1), 5 / Math.Sqrt(Count));
        Assert.Equal(1, Moment(2), 5 * Math.Sqrt(2.0 / Count));
        Assert.Equal(0, Moment(3), 5 * Math.Sqrt(15.0 / Count));
        Assert.Equal(3, Moment(4), 5 * Math.Sqrt(96.0 / Count));
    }

    [Theory]
    [InlineData(1, 0.158655)]
    [InlineData(2, 0.0227501)]
    [InlineData(3, 0.00134990)]
    public void Tails_have_the_weight_of_the_normal_distribution(double limit, double share)
    {
        var values = Normals(6, NoiseDraw.Start, Count);
        var deviation = 5 * Math.Sqrt(share / Count);
        Assert.Equal(share, values.Count(value => value > limit) / (double)Count, deviation);
        Assert.Equal(share, values.Count(value => value < -limit) / (double)Count, deviation);
    }

    [Fact]
    public void Neighbours_are_not_correlated()
    {
        var values = Normals(7, NoiseDraw.Start, Count);
        for (var lag = 1; lag <= 8; lag++)
        {
            Assert.Equal(0, values.Skip(lag).Zip(values).Average(pair => (double)pair.First * pair.Second), 5 / Math.Sqrt(Count));
        }
    }

    [Fact]
    public void Images_and_steps_are_not_correlated()
    {
        var first = Normals(8, NoiseDraw.Start, Count);
        foreach (var other in new[] { Normals(9, NoiseDraw.Start, Count), Normals(8, NoiseDraw.OfStep(0), Count), Normals(8, NoiseDraw.OfStep(1), Count) })
        {
            Assert.Equal(0, first.Zip(other).Average(pair => (double)pair.First * pair.Second), 5 / Math.Sqrt(Count));
        }
    }

    [Fact]
    public void Numbers_are_finite_even_of_the_extreme_words()
    {
        var values = Normals(10, NoiseDraw.Start, Count * 8);
        Assert.All(values, value => Assert.True(MathF.Abs(value) < 6.7f)); // √(2 ln 2³²) = 6.66
    }

    [Fact]
    public void A_shorter_draw_is_the_beginning_of_a_longer_one()
    {
        var whole = Normals(11, NoiseDraw.Start, 64);
        foreach (var length in new[] { 0, 1, 2, 3, 4, 5, 63 })
        {
            Assert.Equal(whole[..length], Normals(11, NoiseDraw.Start, length));
        }
    }

    [Fact]
    public void Noise_depends_on_the_images_seed_and_step_and_on_nothing_else()
    {
        var noise = Normals(12, NoiseDraw.OfStep(2), 16);
        Assert.Equal(noise, Normals(12, NoiseDraw.OfStep(2), 16, runSeed: 99));
        Assert.NotEqual(noise, Normals(13, NoiseDraw.OfStep(2), 16));
        Assert.NotEqual(noise, Normals(12 + (1L << 32), NoiseDraw.OfStep(2), 16));
        Assert.NotEqual(noise, Normals(12, NoiseDraw.OfStep(3), 16));
        Assert.NotEqual(noise, Normals(12, NoiseDraw.Start, 16));
    }

    [Fact]
    public void Image_seeds_depend_on_run_epoch_and_image()
    {
        var seeds = new HashSet<long>();
        foreach (var run in new[] { 0L, 1, -1, 1L << 40 })
        {
            foreach (var epoch in Enumerable.Range(0, 20))
            {
                foreach (var image in Enumerable.Range(0, 50))
                {
                    var seed = new RandomSource(run).ImageSeed(epoch, image);
                    Assert.Equal(seed, new RandomSource(run).ImageSeed(epoch, image));
                    Assert.InRange(seed, 0, (1L << 48) - 1); // exact in a double
                    Assert.True(seeds.Add(seed));
                }
            }
        }
    }

    [Fact]
    public void Permutations_depend_on_every_part_of_their_key_and_on_nothing_else()
    {
        var key = new ShuffleDraw(3, 1, 4);
        var order = new RandomSource(5).Permutation(key, 20);
        Assert.Equal(order, new RandomSource(5).Permutation(key, 20));
        Assert.NotEqual(order, new RandomSource(6).Permutation(key, 20));
        Assert.NotEqual(order, new RandomSource(5).Permutation(key with { Epoch = 4 }, 20));
        Assert.NotEqual(order, new RandomSource(5).Permutation(key with { InnerEpoch = 2 }, 20));
        Assert.NotEqual(order, new RandomSource(5).Permutation(key with { Position = 5 }, 20));
        Assert.NotEqual(order, new RandomSource(5).Permutation(key with { Position = -1 }, 20));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(257)]
    public void Permutations_hold_every_number_once(int count) =>
        Assert.Equal(Enumerable.Range(0, count), new RandomSource(1).Permutation(new ShuffleDraw(0, 0, -1), count).Order());

    [Fact]
    public void Every_permutation_is_about_as_frequent_as_any_other()
    {
        const int Draws = 24000;
        var random = new RandomSource(2);
        var counts = Enumerable.Range(0, Draws).CountBy(epoch => string.Join(',', random.Permutation(new ShuffleDraw(epoch, 0, -1), 4))).ToDictionary();
        Assert.Equal(24, counts.Count);
        var chiSquare = counts.Values.Sum(count => Math.Pow(count - (Draws / 24.0), 2) / (Draws / 24.0));
        Assert.InRange(chiSquare, 5, 50); // 23 degrees of freedom: outside once in 1000 and less
    }

    private static float[] Normals(long imageSeed, NoiseDraw draw, int count, long runSeed = 0)
    {
        var values = new float[count];
        new RandomSource(runSeed).FillNormal(imageSeed, draw, values);
        return values;
    }
}
