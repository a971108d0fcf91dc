using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>The gated feed-forward network of a transformer block (GEGLU).</summary>
/// <remarks><c>y = W₂(h ⊙ gelu(g)) + b₂</c> with <c>[h, g] = W₁x + b₁</c>. Source: Shazeer 2020 (arXiv:2002.05202).</remarks>
public sealed class FeedForward : Module<Tensor, Tensor>
{
    [ComponentName(Name = "net")]
    private readonly ModuleList<Module<Tensor, Tensor>> _net;

    /// <summary>Creates the network; its inner width is four times the outer one.</summary>
    /// <param name="width">The width of the tokens.</param>
    /// <param name="placement">Where the weights live.</param>
    public FeedForward(long width, Placement placement)
        : base(nameof(FeedForward))
    {
        // The published list has a dropout at index 1, which has no weights.
        _net = new ModuleList<Module<Tensor, Tensor>>(
            new GatedProjection(width, width * 4, placement),
            Identity(),
            new AdaptableLinear(width * 4, width, hasBias: true, placement));
        RegisterComponents();
    }

    /// <summary>Runs the network.</summary>
    /// <param name="tokens">[B, T, width].</param>
    /// <returns>[B, T, width], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return _net[2].call(_net[0].call(tokens)).MoveToOuterDisposeScope();
    }
}
