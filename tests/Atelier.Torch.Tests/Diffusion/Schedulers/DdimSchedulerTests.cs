using Atelier.Diffusion.Schedulers;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Diffusion.Schedulers;

public class DdimSchedulerTests
{
    private static readonly DdimConfig StableDiffusion = new() { BetaStart = 0.00085, BetaEnd = 0.012, BetaSchedule = "scaled_linear", SetAlphaToOne = false, StepsOffset = 1, ClipSample = false };

    public static TheoryData<TimestepSpacing, int, int> Spacings
    {
        get
        {
            var data = new TheoryData<TimestepSpacing, int, int>();
            foreach (var spacing in Enum.GetValues<TimestepSpacing>())
            {
                foreach (var count in (int[])[1, 2, 3, 7, 10, 25, 30, 50, 80, 100, 300, 999])
                {
                    data.Add(spacing, count, 0);
                    data.Add(spacing, count, 1);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Spacings))]
    public void Timesteps_follow_the_formulas(TimestepSpacing spacing, int count, int offset)
    {
        using var scheduler = new DdimScheduler(StableDiffusion with { TimestepSpacing = spacing, StepsOffset = offset }, count, 1);
        var expected = spacing switch
        {
            TimestepSpacing.Leading => Enumerable.Range(1, count).Select(i => ((count - i) * (1000 / count)) + offset),
            TimestepSpacing.Trailing => Enumerable.Range(0, count).Select(i => HalfToEven(1000m - (i * 1000m / count)) - 1), // exact: decimal
            _ => Enumerable.Range(1, count).Select(i => count == 1 ? 0 : HalfToEven((count - i) * 999m / (count - 1))),
        };

        Assert.Equal(expected, scheduler.Timesteps);
        Assert.Equal(scheduler.Timesteps.Select(t => (long)t), scheduler.TimestepTable.data<long>().ToArray());
        Assert.Equal(count, scheduler.StepCount);

        static int HalfToEven(decimal value) => (int)Math.Round(value, MidpointRounding.ToEven);
    }

    // 1000/48 is no binary fraction: exact arithmetic rounds 937.5 up, numpy's arange has 937.4999999999999.
    [Fact]
    public void Trailing_timesteps_round_as_numpy_does()
    {
        using var scheduler = new DdimScheduler(StableDiffusion with { TimestepSpacing = TimestepSpacing.Trailing }, 48, 1);
        Assert.Equal([999, 978, 957, 936, 916, 895, 874, 853, 832, 811, 791], scheduler.Timesteps.Take(11));
    }

    [Theory]
    [InlineData(61)] // diffusers gives one more here, with timestep -1
    [InlineData(103)]
    [InlineData(998)]
    public void Trailing_spacing_gives_as_many_timesteps_as_asked_for(int count)
    {
        using var scheduler = new DdimScheduler(StableDiffusion with { TimestepSpacing = TimestepSpacing.Trailing }, count, 1);
        Assert.Equal(count, scheduler.Timesteps.Count);
        Assert.All(scheduler.Timesteps, timestep => Assert.InRange(timestep, 0, 999));
        Assert.Equal(999, scheduler.Timesteps[0]);
    }

    [Fact]
    public void Timesteps_that_the_offset_carries_past_the_end_stay_inside()
    {
        using var scheduler = new DdimScheduler(StableDiffusion with { StepsOffset = 1 }, 1000, 1);
        Assert.Equal([999, 999, 998], scheduler.Timesteps.Take(3));
    }

    [Theory]
    [InlineData(0, true, 1)]
    [InlineData(0, false, 0)]
    [InlineData(1, true, 0)]
    [InlineData(0.5, true, 0)]
    public void Alpha_beyond_the_last_step_counts_only_without_noise(double eta, bool setAlphaToOne, int one)
    {
        using var scheduler = new DdimScheduler(StableDiffusion with { SetAlphaToOne = setAlphaToOne }, 20, eta);
        var last = scheduler.Coefficients[^1];
        Assert.Equal(1, last.Timestep);
        Assert.Equal(one == 1 ? 1f : scheduler.Schedule.Alphas[0], last.NextAlpha);
        Assert.All(scheduler.Coefficients.SkipLast(1).Zip(scheduler.Timesteps.Skip(1)), pair => Assert.Equal(scheduler.Schedule.Alphas[pair.Second], pair.First.NextAlpha));
    }

    [Fact]
    public void Last_deterministic_step_with_alpha_one_is_the_predicted_origin()
    {
        using var scope = NewDisposeScope();
        var config = StableDiffusion with { SetAlphaToOne = true };
        using var scheduler = new DdimScheduler(config, 10, 0);
        using var generator = new Generator(7);
        var (latents, noise) = (randn([1, 4, 2, 2], generator: generator), randn([1, 4, 2, 2], generator: generator));
        var mean = Ddim.Step(config, scheduler.At(9), latents, noise).Mean.data<float>().ToArray();
        double alpha = scheduler.Coefficients[9].Alpha;
        var expected = latents.data<float>().Zip(noise.data<float>(), (x, e) => (x - (Math.Sqrt(1 - alpha) * e)) / Math.Sqrt(alpha));
        Assert.All(expected.Zip(mean), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(1)]
    public void Sigma_follows_the_formula(double eta)
    {
        using var scheduler = new DdimScheduler(StableDiffusion, 50, eta);
        Assert.All(scheduler.Coefficients, step =>
        {
            double next = scheduler.Schedule.Alphas[Math.Max(step.Timestep - 20, 0)];
            double alpha = scheduler.Schedule.Alphas[step.Timestep];
            var sigma = eta * Math.Sqrt((1 - next) / (1 - alpha)) * Math.Sqrt(1 - (alpha / next));
            Assert.Equal(sigma, step.Sigma, 1e-4 * sigma); // 1 − ᾱ/ᾱ′ cancels in single precision, as in the original
            Assert.True(step.Sigma > 0);
        });
    }

    // With steps_offset 0 the last step goes from timestep 0 to timestep 0.
    [Fact]
    public void A_step_without_variance_is_flagged()
    {
        using var scope = NewDisposeScope();
        using var scheduler = new DdimScheduler(StableDiffusion with { StepsOffset = 0 }, 10, 1);
        Assert.Equal(0, scheduler.Coefficients[^1].Sigma);
        Assert.All(scheduler.Coefficients.SkipLast(1), step => Assert.True(step.Sigma > 0));
        Assert.True(float.IsNegativeInfinity(scheduler.At(9).LogSigma.item<float>()));
        var step = Ddim.Step(scheduler.Config, scheduler.At(9), randn(1, 4, 2, 2), randn(1, 4, 2, 2));
        Assert.True(step.Sample(randn(1, 4, 2, 2)).isfinite().all().item<bool>()); // executed all the same
    }

    [Fact]
    public void Without_noise_no_step_has_variance()
    {
        using var scheduler = new DdimScheduler(StableDiffusion, 10, 0);
        Assert.All(scheduler.Coefficients, step => Assert.Equal(0, step.Sigma));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    public void Eta_outside_zero_and_one_is_refused(double eta) => Assert.Throws<ArgumentOutOfRangeException>(() => new DdimScheduler(StableDiffusion, 10, eta));

    [Fact]
    public void Eta_that_is_no_number_is_refused() => Assert.ThrowsAny<ArgumentException>(() => new DdimScheduler(StableDiffusion, 10, double.NaN));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1001)]
    public void Step_counts_out_of_range_are_refused(int count) => Assert.Throws<ArgumentOutOfRangeException>(() => new DdimScheduler(StableDiffusion, count, 1));

    [Fact]
    public void Steps_are_gathered_one_by_one_and_as_a_batch()
    {
        using var scope = NewDisposeScope();
        using var scheduler = new DdimScheduler(StableDiffusion, 10, 1);
        var batch = scheduler.At(tensor(new long[] { 3, 0, 9 }));
        foreach (var (index, step) in new[] { (0, 3), (1, 0), (2, 9) })
        {
            var single = scheduler.At(step);
            foreach (var (together, alone) in new[] { (batch.Signal, single.Signal), (batch.Noise, single.Noise), (batch.NextSignal, single.NextSignal), (batch.Direction, single.Direction), (batch.Sigma, single.Sigma), (batch.LogSigma, single.LogSigma) })
            {
                Assert.Equal([3, 1, 1, 1], together.shape);
                Assert.Equal([1, 1, 1, 1], alone.shape);
                Assert.Equal(alone.item<float>(), together[index].item<float>());
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.At(10));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.At(-1));
        Assert.Throws<ArgumentException>(() => scheduler.At(zeros(1, 1, dtype: ScalarType.Int64)));
    }
}
