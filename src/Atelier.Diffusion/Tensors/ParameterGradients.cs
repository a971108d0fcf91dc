using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Tensors;

/// <summary>Adds to gradients that did not come from a backward pass of the parameter itself.</summary>
public static class ParameterGradients
{
    /// <summary>Adds a tensor to a parameter's gradient, which is that tensor where there is none yet.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="gradient">What is added, [out, ...] like the parameter itself, outside every graph; the parameter may keep it, whatever becomes of this handle.</param>
    public static void AddGradient(this Parameter parameter, Tensor gradient)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(gradient);
        if (parameter.grad is { } sum)
        {
            sum.PlusInPlace(gradient);
        }
        else
        {
            parameter.grad = gradient; // libtorch keeps it; the handle goes with the scope
        }
    }
}
