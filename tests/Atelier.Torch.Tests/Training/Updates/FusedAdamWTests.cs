using Atelier.Tests.Leaks;
using Atelier.Training.Updates;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Training.Updates;

public sealed class FusedAdamWTests : IDisposable
{
    private static readonly AdamWOptions Options = new() { LearningRate = 0.05, Beta1 = 0.8, Beta2 = 0.95, WeightDecay = 0.1, Epsilon = 1e-6 };
    private static readonly double[][] Start = [[0.5, -2, 3], [1, 0.001, -0.3, 7, 0]];

    private readonly List<(string Name, Parameter Value)> _parameters =
        [.. Start.Select((values, i) => ($"p{i}", (Parameter)nn.Parameter(tensor(values.Select(value => (float)value).ToArray())).DetachFromDisposeScope()))];

    public void Dispose() => _parameters.ForEach(pair => pair.Value.Dispose());

    [Fact]
    public void Five_steps_are_those_of_plain_arithmetic()
    {
        using var optimizer = new FusedAdamW(_parameters, Options);
        double[][] expected = [.. Start.Select(values => values.ToArray())];
        double[][] means = [.. Start.Select(values => new double[values.Length])];
        double[][] squares = [.. Start.Select(values => new double[values.Length])];
        for (var step = 1; step <= 5; step++)
        {
            for (var p = 0; p < expected.Length; p++)
            {
                for (var i = 0; i < expected[p].Length; i++)
                {
                    var gradient = (double)(float)GradientOf(step, p, i);
                    means[p][i] = (Options.Beta1 * means[p][i]) + ((1 - Options.Beta1) * gradient);
                    squares[p][i] = (Options.Beta2 * squares[p][i]) + ((1 - Options.Beta2) * gradient * gradient);
                    var (mean, square) = (means[p][i] / (1 - Math.Pow(Options.Beta1, step)), squares[p][i] / (1 - Math.Pow(Options.Beta2, step)));
                    expected[p][i] *= 1 - (Options.LearningRate * Options.WeightDecay);
                    expected[p][i] -= Options.LearningRate * mean / (Math.Sqrt(square) + Options.Epsilon);
                }
            }

            SetGradients(step);
            optimizer.Step();
            Assert.Equal(step, optimizer.StepCount);
            Assert.All(expected.SelectMany(values => values).Zip(Values()), pair => Assert.Equal(pair.First, pair.Second, 2e-6));
        }
    }

    [Fact]
    public void A_steps_own_learning_rate_counts()
    {
        using var optimizer = new FusedAdamW(_parameters, Options);
        var before = Values();
        SetGradients(1);
        optimizer.Step(learningRate: 0);
        Assert.Equal(before, Values());
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1000)]
    public void Clipping_is_that_of_plain_arithmetic(double maximum)
    {
        using var scope = NewDisposeScope();
        using var optimizer = new FusedAdamW(_parameters, Options);
        SetGradients(3);
        var before = Gradients();
        var norm = Math.Sqrt(before.Sum(value => (double)value * value));
        var factor = Math.Min(1, maximum / (norm + 1e-6));
        Assert.Equal(norm, optimizer.ClipGradients(maximum).item<float>(), 1e-5);
        Assert.All(before.Zip(Gradients()), pair => Assert.Equal(pair.First * factor, pair.Second, 1e-6));
    }

    [Fact]
    public void An_optimizer_that_goes_on_from_anothers_state_takes_the_same_steps_to_the_last_bit()
    {
        using var first = new FusedAdamW(_parameters, Options);
        SetGradients(1);
        first.Step();
        SetGradients(2);
        first.Step();
        var weights = Values();
        using var scope = NewDisposeScope();
        var state = first.State().ToDictionary(pair => pair.Name, pair => pair.Value.clone(), StringComparer.Ordinal);
        SetGradients(3);
        first.Step();
        var expected = Values();

        using var second = new FusedAdamW(_parameters, Options);
        second.Restore(2, (name, target) => target.copy_(state[name]));
        SetValues(weights);
        SetGradients(3);
        second.Step();
        Assert.Equal(expected, Values());
        Assert.Equal(3, second.StepCount);
    }

    [Fact]
    public void Gradients_that_are_missing_become_zero_and_a_step_without_them_is_refused()
    {
        using var optimizer = new FusedAdamW(_parameters, Options);
        Assert.Contains("p0 has no gradient", Assert.Throws<InvalidOperationException>(() => optimizer.Step()).Message, StringComparison.Ordinal);
        optimizer.ZeroGradients();
        Assert.All(Gradients(), value => Assert.Equal(0, value));
        SetGradients(1);
        optimizer.ZeroGradients();
        Assert.All(Gradients(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_refused_step_is_not_counted()
    {
        using var optimizer = new FusedAdamW(_parameters, Options);
        Assert.Throws<InvalidOperationException>(() => optimizer.Step());
        Assert.Equal(0, optimizer.StepCount);
    }

    [Fact]
    public void Steps_clipping_and_zeroing_leave_no_tensor_behind()
    {
        using var optimizer = new FusedAdamW(_parameters, Options);
        optimizer.ZeroGradients();
        LeakAssert.LeavesNothing(() => optimizer.Step());
        LeakAssert.LeavesNothing(optimizer.ZeroGradients);
        LeakAssert.LeavesOnly(1, () => [optimizer.ClipGradients(1)]);
    }

    [Fact]
    public void An_optimizer_made_and_disposed_leaves_no_tensor_behind() =>
        LeakAssert.LeavesNothing(() => new FusedAdamW(_parameters, Options).Dispose());

    private static double GradientOf(int step, int parameter, int index) => Math.Sin((step * 1.7) + (parameter * 0.9) + (index * 2.3)) * (index == 4 ? 0 : 1 + parameter);

    private void SetGradients(int step)
    {
        using var scope = NewDisposeScope();
        foreach (var (p, (_, value)) in _parameters.Index())
        {
            value.grad = tensor(Enumerable.Range(0, (int)value.numel()).Select(i => (float)GradientOf(step, p, i)).ToArray());
        }
    }

    private void SetValues(float[] values)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var start = 0;
        foreach (var (_, value) in _parameters)
        {
            value.copy_(tensor(values.AsSpan(start, (int)value.numel()).ToArray()));
            start += (int)value.numel();
        }
    }

    private float[] Values() => [.. _parameters.SelectMany(pair => Numbers(pair.Value))];

    private float[] Gradients() => [.. _parameters.SelectMany(pair => Numbers(pair.Value.grad!))];

    private static float[] Numbers(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().data<float>().ToArray();
    }
}
