using Xunit;

namespace Atelier.Tests.Training.Ddpo;

public class ResumeTests
{
    [Theory]
    [InlineData("trained.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("state.json")]
    public void A_checkpoint_with_a_missing_or_damaged_file_is_refused_before_anything_changes(string file)
    {
        using var checkpoints = Checkpoint(useLora: true);
        using var run = new TinyRun();
        var start = run.Weights();
        File.WriteAllText(Path.Combine(checkpoints[1], file), "{");
        Refuses(run, checkpoints);
        File.Delete(Path.Combine(checkpoints[1], file));
        Refuses(run, checkpoints);
        Assert.Equal(start, run.Weights());
        Assert.Equal(0, run.Trainer.EpochsDone);
    }

    [Fact]
    public void A_checkpoint_of_another_kind_of_training_is_refused()
    {
        using var checkpoints = Checkpoint(useLora: true);
        using var full = new TinyRun(new TinyRunSetup { UseLora = false });
        Refuses(full, checkpoints);
    }

    private static void Refuses(TinyRun run, CheckpointFolder checkpoints) =>
        Assert.Contains(checkpoints[1], Assert.Throws<InvalidDataException>(() => run.Trainer.Resume(checkpoints[1])).Message, StringComparison.Ordinal);

    private static CheckpointFolder Checkpoint(bool useLora)
    {
        var checkpoints = new CheckpointFolder();
        using var run = new TinyRun(new TinyRunSetup { UseLora = useLora, Config = TinyRunSetup.Usual with { NumEpochs = 1 }, Checkpoints = checkpoints.Root });
        run.Train();
        return checkpoints;
    }
}
