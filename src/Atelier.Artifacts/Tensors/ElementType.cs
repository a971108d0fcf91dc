namespace Atelier.Artifacts.Tensors;

/// <summary>
/// Names how one element of a tensor is stored in a file, always little-endian.
/// </summary>
/// <remarks>
/// The values are in the order of the reference library of safetensors, which lays tensors out by descending value:
/// the widest elements come first, so that every tensor of a file is aligned to its own element.
/// </remarks>
public enum ElementType
{
    /// <summary>A truth value in one byte, 0 or 1; <c>BOOL</c> in a safetensors file.</summary>
    Bool,

    /// <summary>An unsigned integer of 8 bits.</summary>
    U8,

    /// <summary>A signed integer of 8 bits.</summary>
    I8,

    /// <summary>A signed integer of 16 bits.</summary>
    I16,

    /// <summary>An IEEE 754 number of 16 bits (<see cref="Half"/>).</summary>
    F16,

    /// <summary>The upper 16 bits of an IEEE 754 number of 32 bits.</summary>
    BF16,

    /// <summary>A signed integer of 32 bits.</summary>
    I32,

    /// <summary>An IEEE 754 number of 32 bits.</summary>
    F32,

    /// <summary>An IEEE 754 number of 64 bits.</summary>
    F64,

    /// <summary>A signed integer of 64 bits.</summary>
    I64,
}
