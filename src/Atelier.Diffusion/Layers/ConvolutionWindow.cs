namespace Atelier.Diffusion.Layers;

/// <summary>How a square convolution slides over its input.</summary>
/// <param name="KernelSize">The kernel's height and width.</param>
/// <param name="Stride">The step between two windows.</param>
/// <param name="Padding">The zeros added on each side.</param>
public readonly record struct ConvolutionWindow(long KernelSize, long Stride, long Padding)
{
    /// <summary>One pixel: mixes channels only.</summary>
    public static ConvolutionWindow Pointwise { get; } = new(1, 1, 0);

    /// <summary>3×3 that keeps the size.</summary>
    public static ConvolutionWindow Same { get; } = new(3, 1, 1);
}
