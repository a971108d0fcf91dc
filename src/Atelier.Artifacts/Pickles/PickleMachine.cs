using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Pickles;

/// <summary>
/// Carries out the instructions of one pickle as far as tensors in dictionaries need them, and refuses all others.
/// </summary>
/// <remarks>
/// <para>
/// The values that can arise are null, truth values, <see cref="Int128"/>, <see cref="double"/>, texts, tuples (arrays), lists, <see cref="PickledDictionary"/>,
/// <see cref="PickledStorage"/>, <see cref="PickledTensor"/> and <see cref="PickleName"/>; no instruction calls anything.
/// </para>
/// <para>
/// Each instruction costs a bounded amount of memory and time beyond the bytes that it takes from the pickle and the values that it takes from the stack, and
/// their number is limited. Nothing here follows the values into their depth.
/// </para>
/// </remarks>
internal ref struct PickleMachine
{
    /// <summary>The longest pickle that is accepted, in bytes; that of a large network has some hundred thousand.</summary>
    public const int MaximumByteCount = 16_000_000;

    /// <summary>How many instructions are carried out at most; a tensor takes about twenty-five.</summary>
    public const int MaximumInstructionCount = 2_000_000;

    private const int LowestProtocol = 2;
    private const int HighestProtocol = 5;
    private const int LongestInteger = 16;

    private readonly ReadOnlySpan<byte> _pickle;
    private readonly string _fileName;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];

    /// <summary>Prepares to read.</summary>
    /// <param name="pickle">The pickle, with whatever follows it.</param>
    /// <param name="fileName">What error messages call the file.</param>
    public PickleMachine(ReadOnlySpan<byte> pickle, string fileName)
    {
        _pickle = pickle[..Math.Min(pickle.Length, MaximumByteCount)];
        _fileName = fileName;
    }

    /// <summary>How many bytes have been read.</summary>
    public int Position { get; private set; }

    /// <summary>The storages that the pickle refers to, by their keys.</summary>
    public Dictionary<string, PickledStorage> Storages { get; } = new(StringComparer.Ordinal);

    // Where the values begin that an instruction may take: those before a mark belong to what was begun before it.
    private readonly int Floor => _marks.Count == 0 ? 0 : _marks[^1];

    /// <summary>Reads the pickle to its end.</summary>
    /// <returns>Its value.</returns>
    /// <exception cref="TensorFileException">The pickle is damaged, hostile, or holds what is not needed for tensors.</exception>
    public object? Run()
    {
        if ((PickleInstruction)Byte() != PickleInstruction.Protocol || Byte() is not (>= LowestProtocol and <= HighestProtocol))
        {
            Fail($"it is no pickle of the protocols {LowestProtocol} to {HighestProtocol}");
        }

        for (var count = 0; count < MaximumInstructionCount; count++)
        {
            var instruction = (PickleInstruction)Byte();
            if (instruction != PickleInstruction.Stop)
            {
                CarryOut(instruction);
            }
            else if (_stack.Count != 1 || _marks.Count != 0)
            {
                Fail($"it ends with {_stack.Count} values instead of one");
            }
            else
            {
                return _stack[0];
            }
        }

        Fail($"it has more than {MaximumInstructionCount} instructions");
        return null;
    }

    private void CarryOut(PickleInstruction instruction)
    {
        switch (instruction)
        {
            case PickleInstruction.Mark:
                _marks.Add(_stack.Count);
                break;
            case PickleInstruction.Frame:
                Bytes(sizeof(ulong)); // how much a reader may fetch at once
                break;
            case PickleInstruction.BinPut:
                Store(Byte());
                break;
            case PickleInstruction.LongBinPut:
                Store(UInt32());
                break;
            case PickleInstruction.Memoize:
                Store((uint)_memo.Count);
                break;
            case PickleInstruction.Append:
                Append(Take(1));
                break;
            case PickleInstruction.Appends:
                Append(TakeToMark());
                break;
            case PickleInstruction.SetItem:
                Set(Take(2));
                break;
            case PickleInstruction.SetItems:
                Set(TakeToMark());
                break;
            case PickleInstruction.Build:
                Build();
                break;
            default:
                _stack.Add(Value(instruction));
                break;
        }
    }

    private object? Value(PickleInstruction instruction) => instruction switch
    {
        PickleInstruction.None => null,
        PickleInstruction.NewTrue => true,
        PickleInstruction.NewFalse => false,
        PickleInstruction.BinInt1 => (Int128)Byte(),
        PickleInstruction.BinInt2 => (Int128)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(sizeof(ushort))),
        PickleInstruction.BinInt => (Int128)BinaryPrimitives.ReadInt32LittleEndian(Bytes(sizeof(int))),
        PickleInstruction.Long1 => Integer(),
        PickleInstruction.BinFloat => BinaryPrimitives.ReadDoubleBigEndian(Bytes(sizeof(double))),
        PickleInstruction.ShortBinUnicode => Text(Bytes(Byte())),
        PickleInstruction.BinUnicode => Text(Bytes(UInt32())),
        PickleInstruction.EmptyTuple => Array.Empty<object?>(),
        PickleInstruction.Tuple1 => Take(1),
        PickleInstruction.Tuple2 => Take(2),
        PickleInstruction.Tuple3 => Take(3),
        PickleInstruction.Tuple => TakeToMark(),
        PickleInstruction.EmptyList => new List<object?>(),
        PickleInstruction.EmptyDictionary => new PickledDictionary(),
        PickleInstruction.BinGet => Recall(Byte()),
        PickleInstruction.LongBinGet => Recall(UInt32()),
        PickleInstruction.Global => Name(Line(), Line()),
        PickleInstruction.StackGlobal => Take(2) is [string module, string name] ? Name(module, name) : Fail("a name is no text"),
        PickleInstruction.BinPersistentId => Storage(Take(1)[0]),
        PickleInstruction.Reduce => Apply(Take(2)),
        _ => Fail($"instruction 0x{(byte)instruction:x2} is none that tensors need"),
    };

    // What reading the pickle in Python would call, or import. Here a name only says which of a few values is meant.
    private readonly PickleName Name(string module, string name) => PickleName.Find($"{module}.{name}") ?? throw new TensorFileException(
        _fileName,
        tensorName: null,
        $"its pickle names '{TensorFileException.Shown($"{module}.{name}")}', which would run code in Python. Nothing was run. Only tensors in dictionaries are read: if you trust the file, convert it to safetensors.");

    private readonly object Apply(object?[] call)
    {
        if (call is [PickleName function, object?[] { Length: <= 7 } arguments])
        {
            if (function == PickleName.OrderedDictionary && arguments is [])
            {
                return new PickledDictionary();
            }

            if (function == PickleName.RebuildParameter && arguments is [PickledTensor tensor, _, _])
            {
                return tensor;
            }

            if (function == PickleName.RebuildTensor && arguments is [PickledStorage storage, Int128 offset, object?[] shape, object?[] strides, _, _, .. var rest]
                && rest is [] or [null] or [PickledDictionary { Pairs.Count: 0 }])
            {
                return new PickledTensor(storage, offset, shape, strides);
            }
        }

        return Fail("a call is none that PyTorch writes for a tensor");
    }

    private readonly PickledStorage Storage(object? id)
    {
        // The older format has a sixth value, which is null unless the storage is a part of another one.
        if (id is not object?[] { Length: 5 or 6 } parts
            || parts is not ["storage", PickleName { ElementType: { } type }, string key, string, Int128 count, .. var rest]
            || rest is not ([] or [null]))
        {
            return (PickledStorage)Fail("a reference is none to a storage of the known kinds");
        }

        if (count < 0 || count > long.MaxValue / type.ByteCount())
        {
            Fail($"storage '{TensorFileException.Shown(key)}' claims {count} elements");
        }

        var storage = new PickledStorage(key, type, (long)count);
        if (!Storages.TryAdd(key, storage) && Storages[key] != storage)
        {
            Fail($"storage '{TensorFileException.Shown(key)}' is said to be of two kinds");
        }

        return storage;
    }

    private readonly void Build()
    {
        // An ordered dictionary's attributes: the versions of a network's modules.
        if (Take(1)[0] is not PickledDictionary || Target() is not PickledDictionary)
        {
            Fail("something other than a dictionary is given attributes");
        }
    }

    private readonly void Append(object?[] values)
    {
        if (Target() is not List<object?> list)
        {
            Fail("something is appended to what is no list");
            return;
        }

        list.AddRange(values);
    }

    private readonly void Set(object?[] values)
    {
        if (Target() is not PickledDictionary dictionary || values.Length % 2 != 0)
        {
            Fail("keys and values are not those of a dictionary");
            return;
        }

        for (var index = 0; index < values.Length; index += 2)
        {
            dictionary.Pairs.Add((values[index], values[index + 1]));
        }
    }

    private readonly object? Target()
    {
        Require(1);
        return _stack[^1];
    }

    private readonly object?[] Take(int count)
    {
        Require(count);
        object?[] values = [.. CollectionsMarshal.AsSpan(_stack)[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private readonly object?[] TakeToMark()
    {
        if (_marks.Count == 0)
        {
            Fail("a mark is missing");
        }

        var values = Take(_stack.Count - Floor);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    private readonly void Require(int count)
    {
        if (_stack.Count - Floor < count)
        {
            Fail("an instruction takes more values than there are");
        }
    }

    private readonly void Store(uint index) => _memo[index] = Target();

    private readonly object? Recall(uint index) => _memo.TryGetValue(index, out var value) ? value : Fail($"it recalls value {index}, which it has not stored");

    private byte Byte() => Bytes(1)[0];

    private uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(sizeof(uint)));

    private Int128 Integer()
    {
        var count = Byte();
        if (count > LongestInteger)
        {
            Fail($"it holds an integer of {count} bytes");
        }

        var value = Int128.Zero;
        var bytes = Bytes(count);
        for (var index = count - 1; index >= 0; index--)
        {
            value = index == count - 1 ? (sbyte)bytes[index] : (value << 8) | bytes[index];
        }

        return value;
    }

    private readonly string Text(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : (string)Fail("a text is not valid UTF-8");

    private string Line()
    {
        var length = _pickle[Position..].IndexOf((byte)'\n');
        var line = Text(Bytes(length < 0 ? uint.MaxValue : (uint)length));
        Position++;
        return line;
    }

    private ReadOnlySpan<byte> Bytes(uint count)
    {
        if (count > _pickle.Length - Position)
        {
            Fail(_pickle.Length == MaximumByteCount ? $"it has more than {MaximumByteCount} bytes" : "it ends too early: the file is truncated or damaged");
        }

        Position += (int)count;
        return _pickle.Slice(Position - (int)count, (int)count);
    }

    [DoesNotReturn]
    private readonly object Fail(string problem) => throw new TensorFileException(_fileName, tensorName: null, $"its pickle, at byte {Position}: {problem}.");
}
