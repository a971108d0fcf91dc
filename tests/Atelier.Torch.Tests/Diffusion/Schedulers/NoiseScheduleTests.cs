using Atelier.Diffusion.Schedulers;
using Xunit;

namespace Atelier.Tests.Diffusion.Schedulers;

public class NoiseScheduleTests
{
    private const double SinglePrecision = 2e-6; // relative: 1,000 factors, each rounded once

    [Theory]
    [InlineData("linear", 1000)]
    [InlineData("linear", 50)]
    [InlineData("scaled_linear", 1000)]
    [InlineData("scaled_linear", 7)]
    [InlineData("squaredcos_cap_v2", 1000)]
    [InlineData("squaredcos_cap_v2", 20)]
    public void Alphas_are_the_products_of_the_formulas(string name, int count)
    {
        var config = new DdimConfig { BetaSchedule = name, BetaStart = 0.00085, BetaEnd = 0.012, NumTrainTimesteps = count };
        var alphas = NoiseSchedule.From(config).Alphas.ToArray();
        Assert.Equal(count, alphas.Length);
        var product = 1.0;
        for (var i = 0; i < count; i++)
        {
            product *= 1 - Beta(config, i);
            Assert.Equal(product, alphas[i], product * (name == "squaredcos_cap_v2" ? 1e-3 : SinglePrecision * 2)); // β near 0.999 keeps few bits of 1 − β
        }
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("scaled_linear")]
    public void Zero_terminal_snr_keeps_the_first_and_loses_the_last(string name)
    {
        var config = new DdimConfig { BetaSchedule = name, BetaStart = 0.00085, BetaEnd = 0.012 };
        var plain = NoiseSchedule.From(config).Alphas.ToArray();
        var rescaled = NoiseSchedule.From(config with { RescaleBetasZeroSnr = true }).Alphas.ToArray();
        var (first, last) = (Math.Sqrt(plain[0]), Math.Sqrt(plain[^1]));
        Assert.Equal(0, rescaled[^1]);
        for (var i = 0; i < plain.Length - 1; i++)
        {
            var root = (Math.Sqrt(plain[i]) - last) * first / (first - last);
            Assert.Equal(root * root, rescaled[i], 2e-5);
        }
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("scaled_linear")]
    [InlineData("squaredcos_cap_v2")]
    public void Alphas_fall_and_stay_inside_zero_and_one(string name)
    {
        var alphas = NoiseSchedule.From(new DdimConfig { BetaSchedule = name }).Alphas.ToArray();
        Assert.All(alphas, alpha => Assert.InRange(alpha, float.Epsilon, MathF.BitDecrement(1)));
        Assert.All(alphas.Zip(alphas.Skip(1)), pair => Assert.True(pair.Second < pair.First));
    }

    [Fact]
    public void A_schedule_has_at_least_one_timestep() => Assert.Throws<ArgumentOutOfRangeException>(() => NoiseSchedule.From(new DdimConfig { NumTrainTimesteps = 0 }));

    private static double Beta(DdimConfig config, int i)
    {
        var (count, share) = (config.NumTrainTimesteps, i / (config.NumTrainTimesteps - 1.0));
        return config.BetaSchedule switch
        {
            "linear" => config.BetaStart + (share * (config.BetaEnd - config.BetaStart)),
            "scaled_linear" => Math.Pow(Math.Sqrt(config.BetaStart) + (share * (Math.Sqrt(config.BetaEnd) - Math.Sqrt(config.BetaStart))), 2),
            _ => Math.Min(1 - (Bar((i + 1.0) / count) / Bar((double)i / count)), 0.999),
        };

        static double Bar(double time) => Math.Pow(Math.Cos((time + 0.008) / 1.008 * Math.PI / 2), 2);
    }
}
