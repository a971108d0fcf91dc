using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Tensors;

/// <summary>Checks the shapes that the documentation promises.</summary>
public static class Shapes
{
    /// <summary>Stands for any size in an expected shape.</summary>
    public const long Any = -1;

    /// <summary>Throws when a tensor has another shape than the one expected.</summary>
    /// <param name="tensor">The tensor to check, [...].</param>
    /// <param name="expected">The expected sizes; <see cref="Any"/> accepts every size in its place.</param>
    /// <param name="name">What the tensor is called; filled in by the compiler.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Require(Tensor tensor, ReadOnlySpan<long> expected, [CallerArgumentExpression(nameof(tensor))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        var actual = tensor.shape;
        var matches = actual.Length == expected.Length;
        for (var i = 0; matches && i < actual.Length; i++)
        {
            matches = expected[i] == Any || expected[i] == actual[i];
        }

        if (!matches)
        {
            throw new ArgumentException($"Expected {Describe(expected)}, got {Describe(actual)}.", name);
        }
    }

    /// <summary>Writes a shape as <c>[1, 4, 8, 8]</c>, with <c>?</c> for <see cref="Any"/>.</summary>
    /// <param name="shape">The sizes.</param>
    /// <returns>The text.</returns>
    public static string Describe(ReadOnlySpan<long> shape)
    {
        var sizes = new string[shape.Length];
        for (var i = 0; i < sizes.Length; i++)
        {
            sizes[i] = shape[i] == Any ? "?" : $"{shape[i]}";
        }

        return $"[{string.Join(", ", sizes)}]";
    }
}
