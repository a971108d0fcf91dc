using Atelier.Diffusion.Tensors;
using Atelier.Training.Updates;
using Xunit;

namespace Atelier.Tests.Training.Updates;

public class ShuffledStepsTests
{
    private static readonly int[] AllSteps = [0, 1, 2, 3, 4];

    [Fact]
    public void Every_step_of_every_sample_is_selected_once()
    {
        var order = Shuffled(samples: 6);
        var selected = Enumerable.Range(0, 3).SelectMany(i => order.Select((i * 2)..((i * 2) + 2), 2, AllSteps, 5)).ToList();
        Assert.Equal(30, selected.Distinct().Count());
        Assert.Equal(30, selected.Count);
    }

    [Fact]
    public void Steps_that_cannot_be_trained_on_are_left_out_and_do_not_cost_others_their_place()
    {
        var selected = Shuffled(samples: 4).Select(0..4, 2, [0, 1, 2, 3], 4);
        Assert.Equal(16, selected.Distinct().Count());
        Assert.DoesNotContain(selected, item => item.Step == 4);
    }

    [Fact]
    public void What_an_update_trains_on_does_not_depend_on_the_train_batch()
    {
        var order = Shuffled(samples: 8);
        var whole = order.Select(0..8, 8, AllSteps, 3);
        Assert.Equal(whole.ToHashSet(), order.Select(0..8, 2, AllSteps, 3).ToHashSet());
        Assert.Equal(whole.ToHashSet(), order.Select(0..8, 1, AllSteps, 3).ToHashSet());
    }

    private static ShuffledSteps Shuffled(int samples)
    {
        var order = new ShuffledSteps(samples, AllSteps.Length);
        order.Shuffle(new RandomSource(3), epoch: 1, innerEpoch: 0);
        order.Shuffle(new RandomSource(3), epoch: 1, innerEpoch: 1);
        return order;
    }
}
