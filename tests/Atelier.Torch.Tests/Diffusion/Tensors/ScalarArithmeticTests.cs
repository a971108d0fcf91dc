using Atelier.Diffusion.Tensors;
using Atelier.Tests.Leaks;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Diffusion.Tensors;

public class ScalarArithmeticTests
{
    public static TheoryData<ScalarType> Types => [ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16];

    [Theory]
    [MemberData(nameof(Types))]
    public void Results_are_those_of_the_operators_to_the_last_bit(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var a = tensor(new double[] { -2.7, 0, 0.3, 5 }).to(type);
        var b = tensor(new double[] { 1.1 }).to(type);
        Equal(a + b, a.Plus(b));
        Equal(a + 0.7, a.Plus(0.7));
        Equal(a - 0.7, a.Plus(-0.7));
        Equal(a * 0.7, a.Times(0.7));
        Equal(a / 0.7, a.Over(0.7));
        Equal(a.square(), a.Squared());
        Equal(a.clamp(-1, 2), a.Clamped(-1, 2));
        Equal(a + b, a.clone().PlusInPlace(b));
    }

    [Fact]
    public void One_result_is_left() => LeakAssert.LeavesOnly(1, () =>
    {
        using var scope = NewDisposeScope();
        var a = ones(3);
        return [a.Plus(a).Plus(1).Times(2).Over(3).Squared().Clamped(0, 1).PlusInPlace(a).MoveToOuterDisposeScope()];
    });

    // With the operators about one collection in 200 frees a scalar under the call.
    [Fact]
    public void Collections_on_another_thread_do_not_disturb_it()
    {
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
                Thread.Yield();
            }
        });
        collector.Start();
        try
        {
            using var x = ones(8);
            for (var i = 0; i < 2000; i++)
            {
                using var scope = NewDisposeScope();
                Assert.Equal(4.5f, x.Plus(x).Times(2).Plus(0.5).data<float>()[3]);
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }

    private static void Equal(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.dtype, actual.dtype);
        Assert.Equal(expected.to(ScalarType.Float64).data<double>().ToArray(), actual.to(ScalarType.Float64).data<double>().ToArray());
    }
}
