using Atelier.Diffusion.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>Turns timesteps into the vectors that every residual block receives.</summary>
public sealed class TimestepEmbedding : Module<Tensor, Tensor>
{
    [ComponentName(Name = "linear_1")]
    private readonly AdaptableLinear _inner;

    [ComponentName(Name = "linear_2")]
    private readonly AdaptableLinear _outer;

    /// <summary>Creates the embedding.</summary>
    /// <param name="frequencies">The width of the sinusoidal code.</param>
    /// <param name="width">The width of the result.</param>
    /// <param name="placement">Where the weights live.</param>
    public TimestepEmbedding(long frequencies, long width, Placement placement)
        : base(nameof(TimestepEmbedding))
    {
        _inner = new AdaptableLinear(frequencies, width, hasBias: true, placement);
        _outer = new AdaptableLinear(width, width, hasBias: true, placement);
        RegisterComponents();
    }

    /// <summary>Computes the sinusoidal code of timesteps.</summary>
    /// <remarks>
    /// <c>code = [cos(t·ωᵢ), sin(t·ωᵢ)]</c> with <c>ωᵢ = exp(−ln(10000)·i / (half − shift))</c>, i = 0 … half − 1.
    /// Source: Vaswani et al. 2017 (arXiv:1706.03762), section 3.5; Ho et al. 2020 (arXiv:2006.11239), appendix B.
    /// </remarks>
    /// <param name="timesteps">t, [B], any number type.</param>
    /// <param name="width">The number of values for each timestep; even.</param>
    /// <param name="cosineFirst">Whether the cosines come first (<c>flip_sin_to_cos</c>).</param>
    /// <param name="shift">Subtracted from the half width in the exponent (<c>freq_shift</c>).</param>
    /// <returns>[B, width] in single precision, in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException"><paramref name="timesteps"/> is not one-dimensional.</exception>
    public static Tensor Sinusoids(Tensor timesteps, long width, bool cosineFirst, double shift)
    {
        Shapes.Require(timesteps, [Shapes.Any]);
        using var scope = NewDisposeScope();
        var half = width / 2;
        var exponents = arange(half, dtype: ScalarType.Float32, device: timesteps.device).Times(-Math.Log(10000)).Over(half - shift);
        var angles = timesteps.to(ScalarType.Float32).unsqueeze(-1) * exponents.exp().unsqueeze(0);
        var parts = cosineFirst ? new[] { angles.cos(), angles.sin() } : [angles.sin(), angles.cos()];
        return cat(parts, dim: -1).MoveToOuterDisposeScope();
    }

    /// <summary>Maps sinusoidal codes to embeddings.</summary>
    /// <param name="codes">[B, frequencies].</param>
    /// <returns>[B, width], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor codes)
    {
        using var scope = NewDisposeScope();
        return _outer.call(functional.silu(_inner.call(codes))).MoveToOuterDisposeScope();
    }
}
