using Atelier.Diffusion.Layers;
using static TorchSharp.torch;

namespace Atelier.Benchmarks;

/// <summary>Counts the multiplications and additions of linear layers, convolutions and attention in forward passes.</summary>
internal sealed class FlopCounter
{
    /// <summary>Gets the count so far; a multiplication and an addition are two.</summary>
    public double Count { get; private set; }

    /// <summary>Starts counting in a network.</summary>
    public void Attach(nn.Module network)
    {
        foreach (var (_, module) in network.named_modules())
        {
            switch (module)
            {
                case AdaptableLinear linear:
                    linear.register_forward_hook((_, input, output) => Add(2.0 * linear.Weight.numel() * (input.numel() / linear.Weight.shape[1]), output));
                    break;
                case AdaptableConv2d conv:
                    conv.register_forward_hook((_, _, output) => Add(2.0 * conv.Weight.numel() * (output.numel() / output.shape[1]), output));
                    break;
                case MultiHeadAttention attention:
                    attention.register_forward_hook((_, tokens, context, output) => Add(4.0 * tokens.numel() * context.shape[1], output));
                    break;
            }
        }
    }

    private Tensor Add(double flops, Tensor output)
    {
        Count += flops;
        return output;
    }
}
