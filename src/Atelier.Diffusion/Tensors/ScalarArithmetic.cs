using TorchSharp;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Tensors;

/// <summary>Arithmetic with numbers that a garbage collection on another thread cannot disturb.</summary>
/// <remarks>
/// TorchSharp 0.107 hands native code the address of a temporary <see cref="Scalar"/> that nothing keeps alive: in <c>x * 2.0</c>, and in <c>a + b</c>, which has a hidden factor.
/// Here each scalar lives until the call has returned. What runs often uses these; elsewhere the operators read better. See docs/decisions/0005-scalar-lifetime.md.
/// Results are in the caller's dispose scope and differentiable as the operators' are.
/// </remarks>
public static class ScalarArithmetic
{
    private static readonly Scalar One = 1;
    private static readonly Scalar Two = 2;

    /// <summary>Adds two tensors.</summary>
    /// <param name="tensor">a, [...].</param>
    /// <param name="other">b, [...], of a shape that broadcasts with it.</param>
    /// <returns>a + b, [...].</returns>
    public static Tensor Plus(this Tensor tensor, Tensor other)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.add(other, One);
    }

    /// <summary>Adds a number to each element.</summary>
    /// <param name="tensor">a, [...].</param>
    /// <param name="number">b.</param>
    /// <returns>a + b, [...].</returns>
    public static Tensor Plus(this Tensor tensor, double number)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using Scalar scalar = number;
        return tensor.add(scalar, One);
    }

    /// <summary>Multiplies each element by a number.</summary>
    /// <param name="tensor">a, [...].</param>
    /// <param name="number">b.</param>
    /// <returns>a · b, [...].</returns>
    public static Tensor Times(this Tensor tensor, double number)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using Scalar scalar = number;
        return tensor.mul(scalar);
    }

    /// <summary>Divides each element by a number.</summary>
    /// <param name="tensor">a, [...].</param>
    /// <param name="number">b.</param>
    /// <returns>a / b, [...].</returns>
    public static Tensor Over(this Tensor tensor, double number)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using Scalar scalar = number;
        return tensor.div(scalar);
    }

    /// <summary>Squares each element.</summary>
    /// <param name="tensor">a, [...].</param>
    /// <returns>a², [...].</returns>
    public static Tensor Squared(this Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.pow(Two);
    }

    /// <summary>Brings each element into a range.</summary>
    /// <param name="tensor">a, [...].</param>
    /// <param name="minimum">The smallest value.</param>
    /// <param name="maximum">The largest value.</param>
    /// <returns>min(max(a, minimum), maximum), [...].</returns>
    public static Tensor Clamped(this Tensor tensor, double minimum, double maximum)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using Scalar low = minimum;
        using Scalar high = maximum;
        return tensor.clamp(low, high);
    }

    /// <summary>Adds a tensor in place.</summary>
    /// <param name="tensor">a, [...]; changed.</param>
    /// <param name="other">b, [...], of a shape that broadcasts to it.</param>
    /// <returns>The same tensor, [...].</returns>
    public static Tensor PlusInPlace(this Tensor tensor, Tensor other)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.add_(other, One);
    }

    /// <summary>Multiplies each element by a number in place.</summary>
    /// <param name="tensor">a, [...]; changed.</param>
    /// <param name="number">b.</param>
    /// <returns>The same tensor, [...].</returns>
    public static Tensor TimesInPlace(this Tensor tensor, double number)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using Scalar scalar = number;
        return tensor.mul_(scalar);
    }
}
