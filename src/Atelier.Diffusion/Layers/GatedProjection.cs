using Atelier.Diffusion.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>A linear layer whose one half gates the other (GEGLU).</summary>
/// <remarks>Source: Shazeer 2020 (arXiv:2002.05202), equation 6.</remarks>
public sealed class GatedProjection : Module<Tensor, Tensor>
{
    [ComponentName(Name = "proj")]
    private readonly AdaptableLinear _projection;

    /// <summary>Creates the layer.</summary>
    /// <param name="inputs">The width of the tokens.</param>
    /// <param name="outputs">The width of the result.</param>
    /// <param name="placement">Where the weights live.</param>
    public GatedProjection(long inputs, long outputs, Placement placement)
        : base(nameof(GatedProjection))
    {
        _projection = new AdaptableLinear(inputs, outputs * 2, hasBias: true, placement);
        RegisterComponents();
    }

    /// <summary>Projects and gates.</summary>
    /// <param name="tokens">[B, T, inputs].</param>
    /// <returns>[B, T, outputs], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var halves = _projection.call(tokens).chunk(2, dim: -1);
        return ActivationKernel.Multiply(functional.gelu(halves[1]), halves[0]).MoveToOuterDisposeScope();
    }
}
