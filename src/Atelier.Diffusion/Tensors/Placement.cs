using TorchSharp;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Tensors;

/// <summary>Where tensors live and in which number format.</summary>
/// <param name="Device">The device.</param>
/// <param name="ElementType">The floating-point type.</param>
public sealed record Placement(Device Device, ScalarType ElementType)
{
    /// <summary>The CPU in single precision.</summary>
    public static Placement Cpu { get; } = new(CPU, ScalarType.Float32);

    /// <summary>No storage at all: shapes only.</summary>
    public static Placement Meta { get; } = new(META, ScalarType.Float32);

    /// <summary>Parses <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    /// <param name="device">The device's name; <c>auto</c> takes CUDA where there is one.</param>
    /// <param name="elementType">The floating-point type.</param>
    /// <returns>The placement.</returns>
    /// <exception cref="ArgumentException">The name is unknown, or the device is not available.</exception>
    public static Placement Parse(string device, ScalarType elementType = ScalarType.Float32)
    {
        ArgumentException.ThrowIfNullOrEmpty(device);
        if (device.Equals("auto", StringComparison.OrdinalIgnoreCase))
        {
            return new Placement(cuda.is_available() ? CUDA : CPU, elementType);
        }

        if (device.Equals("cpu", StringComparison.OrdinalIgnoreCase))
        {
            return new Placement(CPU, elementType);
        }

        if (device.StartsWith("cuda", StringComparison.OrdinalIgnoreCase))
        {
            return cuda.is_available()
                ? new Placement(torch.device(device), elementType)
                : throw new ArgumentException(
                    $"The device '{device}' is not available. Build with -p:TorchBackend=TorchSharp-cuda-linux (or -windows) on a machine with a CUDA driver, or use cpu.",
                    nameof(device));
        }

        throw new ArgumentException($"Unknown device '{device}': use auto, cpu, cuda or cuda:N.", nameof(device));
    }

    /// <summary>Makes an uninitialised parameter that no dispose scope owns.</summary>
    /// <param name="shape">Its sizes.</param>
    /// <returns>The parameter, owned by the module that keeps it.</returns>
    internal TorchSharp.Modules.Parameter NewParameter(params long[] shape) =>
        (TorchSharp.Modules.Parameter)nn.Parameter(empty(shape, dtype: ElementType, device: Device)).DetachFromDisposeScope();
}
