using System.Text.Json;
using Atelier.Tests.Shared;
using Atelier.Training.Advantages;
using Xunit;

namespace Atelier.Tests.Training.Advantages;

public class PerPromptStatTrackerTests
{
    private const double Tolerance = 1e-5; // the original computes in single precision

    public static TheoryData<int> Cases
    {
        get
        {
            using var golden = Load();
            return [.. Enumerable.Range(0, golden.RootElement.GetArrayLength())];
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Advantages_over_many_rounds_are_the_originals(int index)
    {
        using var golden = Load();
        var item = golden.RootElement[index];
        var tracker = new PerPromptStatTracker(item.GetProperty("buffer_size").GetInt32(), item.GetProperty("min_count").GetInt32());
        foreach (var round in item.GetProperty("rounds").EnumerateArray())
        {
            var actual = tracker.Estimate(Prompts(round), Rewards(round));
            Assert.All(round.GetProperty("advantages").EnumerateArray().Zip(actual), pair => Assert.Equal(pair.First.GetDouble(), pair.Second, Tolerance));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_tracker_that_goes_on_from_anothers_memory_gives_the_same(int index)
    {
        using var golden = Load();
        var item = golden.RootElement[index];
        var whole = new PerPromptStatTracker(item.GetProperty("buffer_size").GetInt32(), item.GetProperty("min_count").GetInt32());
        foreach (var round in item.GetProperty("rounds").EnumerateArray())
        {
            var resumed = new PerPromptStatTracker(item.GetProperty("buffer_size").GetInt32(), item.GetProperty("min_count").GetInt32());
            resumed.Restore(whole.Memory());
            Assert.Equal(whole.Estimate(Prompts(round), Rewards(round)), resumed.Estimate(Prompts(round), Rewards(round)));
        }
    }

    [Fact]
    public void Memory_holds_the_newest_rewards_oldest_first()
    {
        var tracker = new PerPromptStatTracker(bufferSize: 3, minimumCount: 1);
        tracker.Estimate(["a", "b", "a"], [1, 10, 2]);
        tracker.Estimate(["a", "a"], [3, 4]);
        Assert.Equal([2, 3, 4], tracker.Memory()["a"]);
        Assert.Equal([10], tracker.Memory()["b"]);
    }

    [Fact]
    public void Equal_rewards_have_no_advantage() =>
        Assert.All(new PerPromptStatTracker(8, 2).Estimate(["a", "a", "b"], [0.1f, 0.1f, 0.1f]), value => Assert.Equal(0, value, 1e-6));

    [Fact]
    public void A_batchs_advantages_have_mean_0_and_deviation_1()
    {
        var spread = Spread.Of(new BatchAdvantage().Estimate(["a", "b", "c", "d"], [3, -1, 4, 1.5f]));
        Assert.Equal(0, spread.Mean, 1e-6);
        Assert.Equal(1, spread.StandardDeviation, 1e-6);
    }

    private static string[] Prompts(JsonElement round) => [.. round.GetProperty("prompts").EnumerateArray().Select(prompt => prompt.GetString()!)];

    private static float[] Rewards(JsonElement round) => [.. round.GetProperty("rewards").EnumerateArray().Select(reward => reward.GetSingle())];

    private static JsonDocument Load() => JsonDocument.Parse(File.ReadAllBytes(GoldenFolder.At("advantages.json")));
}
