namespace Atelier.Artifacts.Tensors;

/// <summary>Knows the size and the written name of every <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    private static readonly string[] Names = ["BOOL", "U8", "I8", "I16", "F16", "BF16", "I32", "F32", "F64", "I64"];

    /// <summary>Lists every element type that Atelier reads and writes, in the order of the enumeration.</summary>
    public static IReadOnlyList<ElementType> All { get; } = Enum.GetValues<ElementType>();

    /// <summary>Gives the number of bytes that one element takes.</summary>
    /// <param name="type">The element type.</param>
    /// <returns>1, 2, 4 or 8.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="type"/> is not a member of the enumeration.</exception>
    public static int ByteCount(this ElementType type) => type switch
    {
        ElementType.Bool or ElementType.U8 or ElementType.I8 => 1,
        ElementType.I16 or ElementType.F16 or ElementType.BF16 => 2,
        ElementType.I32 or ElementType.F32 => 4,
        ElementType.F64 or ElementType.I64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an element type."),
    };

    /// <summary>Gives the name that stands for the type in a safetensors header, such as <c>BF16</c>.</summary>
    /// <param name="type">The element type.</param>
    /// <returns>The name, in capitals.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="type"/> is not a member of the enumeration.</exception>
    public static string WrittenName(this ElementType type) => (uint)type < (uint)Names.Length
        ? Names[(int)type]
        : throw new ArgumentOutOfRangeException(nameof(type), type, "Not an element type.");

    /// <summary>Finds the type that a name in a safetensors header stands for.</summary>
    /// <param name="writtenName">The name, in capitals.</param>
    /// <param name="type">The type, when the name is known.</param>
    /// <returns>Whether the name is one that Atelier reads.</returns>
    public static bool TryParse(string writtenName, out ElementType type)
    {
        var index = Array.IndexOf(Names, writtenName);
        type = (ElementType)Math.Max(index, 0);
        return index >= 0;
    }
}
