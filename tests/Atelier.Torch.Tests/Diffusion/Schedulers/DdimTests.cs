using Atelier.Diffusion.Schedulers;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Diffusion.Schedulers;

/// <summary>The step against plain arithmetic in double.</summary>
public class DdimTests
{
    private const double SinglePrecision = 1e-5;

    private static readonly DdimConfig StableDiffusion = new() { BetaStart = 0.00085, BetaEnd = 0.012, BetaSchedule = "scaled_linear", SetAlphaToOne = false, StepsOffset = 1, ClipSample = false };

    public static TheoryData<PredictionKind, string, double> Cases
    {
        get
        {
            var data = new TheoryData<PredictionKind, string, double>();
            foreach (var kind in Enum.GetValues<PredictionKind>())
            {
                foreach (var bound in (string[])["none", "clip", "threshold"])
                {
                    data.Add(kind, bound, 1);
                    data.Add(kind, bound, 0.4);
                    data.Add(kind, bound, 0);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_and_log_probability_are_the_formulas(PredictionKind kind, string bound, double eta)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var config = StableDiffusion with { Prediction = kind, ClipSample = bound == "clip", ClipSampleRange = 0.8, Thresholding = bound == "threshold", DynamicThresholdingRatio = 0.9, SampleMaxValue = 1.3 };
        using var scheduler = new DdimScheduler(config, 20, eta);
        var latents = randn([3, 2, 2, 3], generator: generator);
        var prediction = randn([3, 2, 2, 3], generator: generator);
        var noise = randn([3, 2, 2, 3], generator: generator);
        long[] steps = [2, 11, 18];

        var step = Ddim.Step(config, scheduler.At(tensor(steps)), latents, prediction);
        var sample = step.Sample(noise).data<float>().ToArray();
        var density = step.LogProbability(prediction).data<float>().ToArray();
        var mean = step.Mean.data<float>().ToArray();

        for (var item = 0; item < 3; item++)
        {
            var expected = Expect(config, scheduler.Coefficients[(int)steps[item]], Row(latents, item), Row(prediction, item));
            double sigma = scheduler.Coefficients[(int)steps[item]].Sigma;
            Close(expected, Row(step.Mean, item));
            Close(expected.Zip(Row(noise, item), (mu, e) => mu + (sigma * e)), [.. sample.Skip(item * 12).Take(12).Select(value => (double)value)]);
            if (eta > 0)
            {
                // From the mean that was computed: divided by σ², its own rounding would be all that is seen.
                var log = Row(prediction, item).Zip(mean.Skip(item * 12).Take(12), (y, mu) => -(Math.Pow(y - mu, 2) / (2 * sigma * sigma)) - Math.Log(sigma) - (0.5 * Math.Log(2 * Math.PI))).Average();
                Assert.Equal(log, density[item], SinglePrecision * Math.Max(1, Math.Abs(log)));
            }
        }
    }

    [Fact]
    public void One_step_for_all_equals_the_step_of_each()
    {
        using var scope = NewDisposeScope();
        using var scheduler = new DdimScheduler(StableDiffusion, 20, 1);
        var (latents, prediction) = (randn(2, 4, 3, 3), randn(2, 4, 3, 3));
        var together = Ddim.Step(StableDiffusion, scheduler.At(5), latents, prediction);
        var each = Ddim.Step(StableDiffusion, scheduler.At(tensor(new long[] { 5, 5 })), latents, prediction);
        Assert.Equal(together.Mean.data<float>().ToArray(), each.Mean.data<float>().ToArray());
        Assert.Equal(together.LogProbability(latents).data<float>().ToArray(), each.LogProbability(latents).data<float>().ToArray());
    }

    [Fact]
    public void Half_precision_is_computed_in_single()
    {
        using var scope = NewDisposeScope();
        using var scheduler = new DdimScheduler(StableDiffusion, 20, 1);
        var (latents, prediction) = (randn(2, 4, 3, 3).to(ScalarType.BFloat16), randn(2, 4, 3, 3).to(ScalarType.BFloat16));
        var half = Ddim.Step(StableDiffusion, scheduler.At(5), latents, prediction).Mean;
        Assert.Equal(ScalarType.Float32, half.dtype);
        Assert.Equal(Ddim.Step(StableDiffusion, scheduler.At(5), latents.to(ScalarType.Float32), prediction.to(ScalarType.Float32)).Mean.data<float>().ToArray(), half.data<float>().ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Log_probability_is_differentiable_in_the_prediction(bool clips)
    {
        using var scope = NewDisposeScope();
        var config = StableDiffusion with { ClipSample = clips };
        using var scheduler = new DdimScheduler(config, 20, 1);
        using var generator = new Generator(7);
        var (latents, prediction, next) = (randn([1, 2, 2, 2], generator: generator), randn([1, 2, 2, 2], generator: generator), randn([1, 2, 2, 2], generator: generator));
        prediction.requires_grad = true;
        Ddim.Step(config, scheduler.At(4), latents, prediction).LogProbability(next).sum().backward();
        var gradient = Row(prediction.grad!, 0);
        var (x, y, output) = (Row(latents, 0), Row(next, 0), Row(prediction, 0));
        var coefficients = scheduler.Coefficients[4];
        for (var i = 0; i < output.Length; i++)
        {
            const double Step = 1e-5;
            double Density(double shift) => LogDensity(Expect(config, coefficients, x, [.. output.Select((value, j) => j == i ? value + shift : value)]), y, coefficients.Sigma);
            var numeric = (Density(Step) - Density(-Step)) / (2 * Step);
            Assert.Equal(numeric, gradient[i], 1e-3 * Math.Max(1, Math.Abs(numeric)));
        }
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        using var scope = NewDisposeScope();
        using var scheduler = new DdimScheduler(StableDiffusion, 20, 1);
        Assert.Throws<ArgumentException>(() => Ddim.Step(StableDiffusion, scheduler.At(0), zeros(4, 8, 8), zeros(4, 8, 8)));
        Assert.Throws<ArgumentException>(() => Ddim.Step(StableDiffusion, scheduler.At(0), zeros(1, 4, 8, 8), zeros(1, 4, 8, 1)));
        var step = Ddim.Step(StableDiffusion, scheduler.At(0), zeros(1, 4, 8, 8), zeros(1, 4, 8, 8));
        Assert.Throws<ArgumentException>(() => step.Sample(zeros(1, 4, 8, 1)));
        Assert.Throws<ArgumentException>(() => step.LogProbability(zeros(1, 4, 1, 8)));
    }

    // The noise direction uses the output as it is: it is not recomputed from the bounded origin.
    private static double[] Expect(DdimConfig config, DdimCoefficients step, double[] latents, double[] output)
    {
        double alpha = step.Alpha, next = step.NextAlpha;
        var (a, b) = (Math.Sqrt(alpha), Math.Sqrt(1 - alpha));
        var pairs = latents.Zip(output, (x, o) => config.Prediction switch
        {
            PredictionKind.Epsilon => ((x - (b * o)) / a, o),
            PredictionKind.Sample => (o, (x - (a * o)) / b),
            _ => ((a * x) - (b * o), (a * o) + (b * x)),
        }).ToArray();
        var origins = pairs.Select(pair => pair.Item1).ToArray();
        if (config.Thresholding)
        {
            var sorted = origins.Select(Math.Abs).Order().ToArray();
            var rank = config.DynamicThresholdingRatio * (sorted.Length - 1);
            var quantile = sorted[(int)rank] + ((rank - (int)rank) * (sorted[Math.Min((int)rank + 1, sorted.Length - 1)] - sorted[(int)rank]));
            var limit = Math.Clamp(quantile, 1, config.SampleMaxValue);
            origins = [.. origins.Select(value => Math.Clamp(value, -limit, limit) / limit)];
        }
        else if (config.ClipSample)
        {
            origins = [.. origins.Select(value => Math.Clamp(value, -config.ClipSampleRange, config.ClipSampleRange))];
        }

        var direction = Math.Sqrt(Math.Max(1 - next - ((double)step.Sigma * step.Sigma), 0));
        return [.. origins.Zip(pairs, (origin, pair) => (Math.Sqrt(next) * origin) + (direction * pair.Item2))];
    }

    private static double LogDensity(double[] mean, double[] next, double sigma) =>
        mean.Zip(next, (mu, y) => -(Math.Pow(y - mu, 2) / (2 * sigma * sigma)) - Math.Log(sigma) - (0.5 * Math.Log(2 * Math.PI))).Average();

    private static double[] Row(Tensor values, int item) => [.. values[item].to(ScalarType.Float64).flatten().data<double>()];

    private static void Close(IEnumerable<double> expected, double[] actual) => Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, SinglePrecision * 5));
}
