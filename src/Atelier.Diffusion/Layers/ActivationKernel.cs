using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>Activations of tensors that nobody else needs.</summary>
internal static class ActivationKernel
{
    /// <summary>Computes x·sigmoid(x), in place where no gradient is recorded; autograd would pay for an in-place one with a copy.</summary>
    public static Tensor Silu(Tensor owned) => functional.silu(owned, inplace: !is_grad_enabled());

    /// <summary>Computes the product of two tensors, in the first one where no gradient is recorded; autograd needs both factors as they were.</summary>
    public static Tensor Multiply(Tensor owned, Tensor factor) => is_grad_enabled() ? owned * factor : owned.mul_(factor);

    /// <summary>Computes x·sigmoid(1.702·x), the approximation of GELU that CLIP was trained with.</summary>
    public static Tensor QuickGelu(Tensor features)
    {
        using var scope = NewDisposeScope();
        return (features * features.Times(1.702).sigmoid_()).MoveToOuterDisposeScope();
    }
}
