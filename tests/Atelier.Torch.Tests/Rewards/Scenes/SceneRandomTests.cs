using Atelier.Rewards.Scenes;
using Xunit;

namespace Atelier.Tests.Rewards.Scenes;

public class SceneRandomTests
{
    [Fact]
    public void The_same_seed_and_stream_give_the_same_numbers()
    {
        var (one, other) = (new SceneRandom(7, 3), new SceneRandom(7, 3));
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(one.NextBits(), other.NextBits()));
    }

    [Fact]
    public void Neighbouring_seeds_and_streams_differ()
    {
        var firsts = Enumerable.Range(0, 100).SelectMany(seed => Enumerable.Range(0, 100).Select(stream => new SceneRandom(seed, stream).NextBits()));
        Assert.Equal(10_000, firsts.Distinct().Count());
    }

    [Fact]
    public void The_sequence_of_a_seed_never_changes() // else the embedded model could not be made again
    {
        var random = new SceneRandom(1);
        Assert.Equal([FirstBits, SecondBits], [random.NextBits(), random.NextBits()]);
    }

    private const ulong FirstBits = 17154914556750032435;
    private const ulong SecondBits = 15481925071032317162;

    [Fact]
    public void Doubles_are_uniform_in_the_unit_interval()
    {
        var random = new SceneRandom(5);
        var drawn = Enumerable.Range(0, 100_000).Select(_ => random.NextDouble()).ToArray();
        Assert.All(drawn, value => Assert.InRange(value, 0, 1 - double.Epsilon));
        Assert.Equal(.5, drawn.Average(), .005);
        Assert.Equal(1 / 3.0, drawn.Average(value => value * value), .005);
    }

    [Fact]
    public void Weighted_indices_come_as_often_as_their_weights_say()
    {
        double[] weights = [.25, 0, .45, .30];
        var random = new SceneRandom(9);
        var counts = new int[4];
        for (var draw = 0; draw < 100_000; draw++)
        {
            counts[random.NextIndex(weights)]++;
        }

        Assert.All(Enumerable.Range(0, 4), index => Assert.Equal(weights[index], counts[index] / 1e5, .01));
        Assert.Equal(0, counts[1]);
    }

    [Fact]
    public void Nothing_cannot_be_chosen_from()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SceneRandom(1).NextIndex(0));
        Assert.Throws<ArgumentException>(() => new SceneRandom(1).NextIndex([]));
    }
}
