using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Schedulers;

/// <summary>The coefficients of every step of a DDIM denoising loop, in tables on the device.</summary>
/// <remarks>
/// <para>The state of <see cref="Ddim"/>'s arithmetic: which timesteps, and ᾱ, ᾱ′, σ, log σ at each.</para>
/// <para>
/// ᾱ′ is ᾱ at t′ = max(t − N div n, 0), as in the published DDPO code, where the scheduler's own value beyond the last step is never reached;
/// a deterministic loop (η = 0) takes that value, as generation in diffusers does.
/// Differs from TRL's <c>scheduler_step</c>: where 1 − ᾱ′ − σ² is negative by rounding (zero terminal SNR with η = 1), its root is 0 and not NaN.
/// Differs from diffusers' <c>DDIMScheduler.set_timesteps</c>: trailing spacing gives n timesteps for every n (for n = 61, 103, ... the original has one more, −1),
/// and a timestep that the offset carries past N − 1 is N − 1 and not an error.
/// </para>
/// </remarks>
public sealed class DdimScheduler : IDisposable
{
    private const int SigmaRow = 4;

    private readonly Tensor _table; // [6, n]: √ᾱ, √(1−ᾱ), √ᾱ′, direction, σ, log σ

    /// <summary>Computes the tables.</summary>
    /// <param name="config">The scheduler's facts.</param>
    /// <param name="stepCount">n, the number of steps, 1 to N.</param>
    /// <param name="eta">η in [0, 1]: 0 is deterministic, 1 has the variance of DDPM.</param>
    /// <param name="device">Where the tables live; the CPU when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps or η is out of range.</exception>
    public DdimScheduler(DdimConfig config, int stepCount, double eta, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfLessThan(stepCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stepCount, config.NumTrainTimesteps);
        ArgumentOutOfRangeException.ThrowIfNegative(eta);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(eta, 1);
        Config = config;
        Eta = eta;
        Schedule = NoiseSchedule.From(config);
        Timesteps = SpreadTimesteps(config, stepCount);
        var alphas = Timesteps.Select(t => Schedule.Alphas[t]).ToArray();
        var nextAlphas = Timesteps.Select(NextAlpha).ToArray();
        using var scope = NewDisposeScope();
        var table = Tabulate(tensor(alphas), tensor(nextAlphas), eta);
        var sigmas = table[SigmaRow].data<float>().ToArray();
        Coefficients = [.. Timesteps.Select((t, i) => new DdimCoefficients(t, alphas[i], nextAlphas[i], sigmas[i]))];
        _table = table.to(device ?? CPU).DetachFromDisposeScope();
        TimestepTable = tensor(Timesteps.Select(t => (long)t).ToArray(), device: device ?? CPU).DetachFromDisposeScope();
    }

    /// <summary>Gets the scheduler's facts.</summary>
    public DdimConfig Config { get; }

    /// <summary>Gets η.</summary>
    public double Eta { get; }

    /// <summary>Gets ᾱ at all training timesteps.</summary>
    public NoiseSchedule Schedule { get; }

    /// <summary>Gets the timestep of each step, falling.</summary>
    public IReadOnlyList<int> Timesteps { get; }

    /// <summary>Gets the coefficients of each step.</summary>
    public IReadOnlyList<DdimCoefficients> Coefficients { get; }

    /// <summary>Gets the number of steps.</summary>
    public int StepCount => Timesteps.Count;

    /// <summary>Gets the timestep of each step as a tensor, [n], Int64; owned by the scheduler.</summary>
    public Tensor TimestepTable { get; }

    /// <summary>Gathers the coefficients of given steps.</summary>
    /// <param name="steps">Step numbers, [B], Int64, each in 0 … n − 1.</param>
    /// <returns>The coefficients, each [B, 1, 1, 1], in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException"><paramref name="steps"/> is not one-dimensional.</exception>
    public StepCoefficients At(Tensor steps)
    {
        Shapes.Require(steps, [Shapes.Any]);
        return Split(_table.index_select(1, steps));
    }

    /// <summary>Gathers the coefficients of one step, for a batch that is at the same step throughout.</summary>
    /// <param name="step">The step's number, 0 … n − 1.</param>
    /// <returns>The coefficients, each [1, 1, 1, 1], in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is out of range.</exception>
    public StepCoefficients At(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, StepCount);
        return Split(_table.slice(1, step, step + 1, 1));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _table.Dispose();
        TimestepTable.Dispose();
    }

    private static StepCoefficients Split(Tensor columns)
    {
        using var scope = NewDisposeScope();
        var rows = columns.view(6, -1, 1, 1, 1).unbind(0);
        scope.MoveToOuter(rows);
        columns.Dispose();
        return new StepCoefficients(rows[0], rows[1], rows[2], rows[3], rows[4], rows[5]);
    }

    private static int[] SpreadTimesteps(DdimConfig config, int stepCount)
    {
        var total = config.NumTrainTimesteps;
        var stride = total - ((double)total / stepCount) - total; // as numpy's arange has it, whose rounding error decides where a timestep falls on a half
        var timesteps = config.TimestepSpacing switch
        {
            TimestepSpacing.Leading => Enumerable.Range(0, stepCount).Select(i => (i * (total / stepCount)) + config.StepsOffset).Reverse(),
            TimestepSpacing.Trailing => Enumerable.Range(0, stepCount).Select(i => (int)Math.Round(total + (i * stride), MidpointRounding.ToEven) - 1),
            _ => Enumerable.Range(0, stepCount).Select(i => stepCount == 1 ? 0 : (int)Math.Round(i * ((total - 1.0) / (stepCount - 1)), MidpointRounding.ToEven)).Reverse(),
        };
        return [.. timesteps.Select(t => Math.Clamp(t, 0, total - 1))];
    }

    // [6, n]. Single precision throughout: with coefficients in double the last step's log-probability is off by 7e-6.
    // By libtorch, too: its roots are a last bit away from MathF's here and there, and guidance makes 2e-4 of that in a picture.
    private static Tensor Tabulate(Tensor alphas, Tensor nextAlphas, double eta)
    {
        var one = ones(1);
        var variances = (one - nextAlphas) / (one - alphas) * (one - (alphas / nextAlphas));
        var sigmas = variances.sqrt().Times(eta);
        var directions = (one - nextAlphas - sigmas.Squared()).Clamped(0, 1).sqrt();
        return stack([alphas.sqrt(), (one - alphas).sqrt(), nextAlphas.sqrt(), directions, sigmas, sigmas.log()]);
    }

    private float NextAlpha(int timestep)
    {
        var next = timestep - (Config.NumTrainTimesteps / StepCount);
        var beyond = Config.SetAlphaToOne ? 1f : Schedule.Alphas[0];
        return next < 0 && Eta == 0 ? beyond : Schedule.Alphas[Math.Max(next, 0)];
    }
}
