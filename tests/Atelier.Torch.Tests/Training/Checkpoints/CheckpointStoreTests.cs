using Atelier.Training.Checkpoints;
using Xunit;

namespace Atelier.Tests.Training.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    private const string Weights = "weights";
    private readonly CheckpointFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_newest_are_kept_and_the_best_beside_them()
    {
        var store = new CheckpointStore(_folder.Root, limit: 2);
        foreach (var (epoch, reward) in new[] { (1, 0.1), (2, 0.9), (3, 0.2), (4, 0.3), (12, 0.4) })
        {
            Save(store, epoch, reward);
        }

        Assert.Equal([_folder[2], _folder[4], _folder[12]], store.List());
        Save(store, 13, 1.5);
        Assert.Equal([_folder[12], _folder[13]], store.List());
    }

    [Fact]
    public void State_comes_back_to_the_last_bit()
    {
        var state = new TrainingState
        {
            EpochsDone = 3,
            GlobalStep = 1L << 40,
            RewardMean = -0.1 + 0.3,
            PromptRewards = new Dictionary<string, IReadOnlyList<float>>(StringComparer.Ordinal) { ["a \"red\" circle\nü"] = [0.1f, float.Epsilon, -3.4e38f] },
        };
        var read = CheckpointStore.ReadState(new CheckpointStore(_folder.Root, 5).Save(state, _ => { }));
        Assert.Equal(state with { PromptRewards = read.PromptRewards }, read);
        Assert.Equal(state.PromptRewards, read.PromptRewards);
    }

    [Fact]
    public void A_crash_while_writing_leaves_the_previous_checkpoint_and_its_leftover_is_replaced()
    {
        var store = new CheckpointStore(_folder.Root, limit: 5);
        Save(store, 1, 0.5);
        Assert.Throws<IOException>(() => store.Save(State(2, 0.6), folder =>
        {
            File.WriteAllText(Path.Combine(folder, Weights), "half");
            throw new IOException("The disk is full.");
        }));

        Assert.Equal([_folder[1]], store.List());
        Assert.Equal(["checkpoint_1", "checkpoint_2.partial"], _folder.Names);
        Save(store, 2, 0.6);
        Assert.Equal([_folder[1], _folder[2]], store.List());
        Assert.Equal(["checkpoint_1", "checkpoint_2"], _folder.Names);
        Assert.Equal("2", File.ReadAllText(Path.Combine(_folder[2], Weights)));
    }

    [Fact]
    public void A_checkpoint_is_replaced_by_a_newer_one_of_the_same_epoch()
    {
        var store = new CheckpointStore(_folder.Root, limit: 5);
        Save(store, 1, 0.5);
        Save(store, 1, 0.7);
        Assert.Equal(0.7, CheckpointStore.ReadState(Assert.Single(store.List())).RewardMean);
        Assert.Equal(["checkpoint_1"], _folder.Names);
    }

    [Fact]
    public void A_crash_between_the_renames_of_a_replacement_loses_nothing()
    {
        var store = new CheckpointStore(_folder.Root, limit: 5);
        Save(store, 1, 0.5);
        Directory.Move(_folder[1], _folder[1] + ".replaced");
        Directory.CreateDirectory(_folder[1] + ".partial");
        Assert.Equal(0.5, CheckpointStore.ReadState(Assert.Single(store.List())).RewardMean);
        Save(store, 1, 0.7);
        Assert.Equal(0.7, CheckpointStore.ReadState(Assert.Single(store.List())).RewardMean);
        Assert.Equal(["checkpoint_1"], _folder.Names);
    }

    [Fact]
    public void A_damaged_old_checkpoint_does_not_end_the_run()
    {
        var store = new CheckpointStore(_folder.Root, limit: 1);
        Save(store, 1, 0.5);
        File.WriteAllText(Path.Combine(_folder[1], CheckpointStore.StateFile), "{");
        Assert.Contains(_folder[1], Assert.Throws<InvalidDataException>(() => CheckpointStore.ReadState(_folder[1])).Message, StringComparison.Ordinal);
        Save(store, 2, 0.4);
        Assert.Equal([_folder[2]], store.List());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("")]
    public void A_state_that_says_nothing_is_refused(string json)
    {
        Directory.CreateDirectory(_folder[1]);
        File.WriteAllText(Path.Combine(_folder[1], CheckpointStore.StateFile), json);
        Assert.Throws<InvalidDataException>(() => CheckpointStore.ReadState(_folder[1]));
    }

    [Fact]
    public void A_missing_folder_has_no_checkpoints() => Assert.Empty(new CheckpointStore(Path.Combine(_folder.Root, "none"), 5).List());

    private static TrainingState State(int epochs, double reward) => new() { EpochsDone = epochs, GlobalStep = epochs * 2, RewardMean = reward };

    private static void Save(CheckpointStore store, int epochs, double reward) =>
        store.Save(State(epochs, reward), folder => File.WriteAllText(Path.Combine(folder, Weights), $"{epochs}"));
}
