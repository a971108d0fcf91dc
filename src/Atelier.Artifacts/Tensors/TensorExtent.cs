namespace Atelier.Artifacts.Tensors;

/// <summary>Computes how many bytes a tensor takes, without trusting its shape.</summary>
internal static class TensorExtent
{
    /// <summary>
    /// Multiplies the shape and the element's size. An axis of extent 0 makes the tensor empty, but does not excuse the others:
    /// with it counted as 1 the product must still fit in 63 bits, because tensor libraries compute strides that way.
    /// </summary>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The extents.</param>
    /// <param name="byteCount">The bytes, when there is no problem.</param>
    /// <returns>What is wrong with the shape, or null.</returns>
    public static string? Measure(ElementType type, ReadOnlySpan<long> shape, out long byteCount)
    {
        var empty = false;
        byteCount = type.ByteCount();
        foreach (var extent in shape)
        {
            if (extent < 0)
            {
                return $"its shape holds the negative extent {extent}.";
            }

            empty |= extent == 0;
            if (Math.BigMul(byteCount, Math.Max(extent, 1)) is var product && product > long.MaxValue)
            {
                return "its shape describes more bytes than 63 bits can count.";
            }

            byteCount = (long)product;
        }

        byteCount = empty ? 0 : byteCount;
        return null;
    }
}
