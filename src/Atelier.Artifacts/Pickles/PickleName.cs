using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Pickles;

/// <summary>What a pickle may name. Nothing is looked up or called: a name is a key of a fixed table.</summary>
internal sealed class PickleName
{
    /// <summary>Python's dictionary with an order, in which PyTorch keeps a network's weights.</summary>
    public static readonly PickleName OrderedDictionary = new();

    /// <summary>Makes a tensor of a storage, an offset, a shape and strides.</summary>
    public static readonly PickleName RebuildTensor = new();

    /// <summary>Makes a parameter of a tensor.</summary>
    public static readonly PickleName RebuildParameter = new();

    private static readonly Dictionary<string, PickleName> Known = new(StringComparer.Ordinal)
    {
        ["collections.OrderedDict"] = OrderedDictionary,
        ["torch._utils._rebuild_tensor_v2"] = RebuildTensor,
        ["torch._utils._rebuild_parameter"] = RebuildParameter,
        ["torch.BoolStorage"] = new() { ElementType = Tensors.ElementType.Bool },
        ["torch.ByteStorage"] = new() { ElementType = Tensors.ElementType.U8 },
        ["torch.CharStorage"] = new() { ElementType = Tensors.ElementType.I8 },
        ["torch.ShortStorage"] = new() { ElementType = Tensors.ElementType.I16 },
        ["torch.IntStorage"] = new() { ElementType = Tensors.ElementType.I32 },
        ["torch.LongStorage"] = new() { ElementType = Tensors.ElementType.I64 },
        ["torch.HalfStorage"] = new() { ElementType = Tensors.ElementType.F16 },
        ["torch.BFloat16Storage"] = new() { ElementType = Tensors.ElementType.BF16 },
        ["torch.FloatStorage"] = new() { ElementType = Tensors.ElementType.F32 },
        ["torch.DoubleStorage"] = new() { ElementType = Tensors.ElementType.F64 },
    };

    private PickleName()
    {
    }

    /// <summary>The type of a storage's elements, where the name is a storage's class.</summary>
    public ElementType? ElementType { get; private init; }

    /// <summary>Finds a name in the table.</summary>
    /// <param name="name">The module, a dot and the name in it.</param>
    /// <returns>What the name stands for; null where it is not in the table.</returns>
    public static PickleName? Find(string name) => Known.GetValueOrDefault(name);
}
