using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Pickles;

/// <summary>PyTorch's format before 1.6: five pickles (a magic number, a version, facts of the machine, the value, the keys of the storages), then the storages, each after its number of elements.</summary>
internal static class LegacyLayout
{
    private const int Version = 1001;

    private static readonly Int128 MagicNumber = Int128.Parse("1950a86a20f9469cfc6c", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>Reads the pickles and finds the storages.</summary>
    /// <param name="file">The file.</param>
    /// <param name="fileName">What error messages call it.</param>
    /// <returns>What was saved.</returns>
    /// <exception cref="TensorFileException">The file is damaged, hostile, or not one that PyTorch wrote.</exception>
    public static PickleContent Read(MappedFile file, string fileName)
    {
        var position = 0L;
        if (Next(file, ref position, fileName, out _) is not Int128 magicNumber || magicNumber != MagicNumber || Next(file, ref position, fileName, out _) is not Int128 version || version != Version)
        {
            return Fail(fileName, "it is a pickle, but none that PyTorch wrote as a file.");
        }

        if (Next(file, ref position, fileName, out _) is not PickledDictionary facts || facts.Find("little_endian") is not true)
        {
            return Fail(fileName, "its numbers are not little-endian.");
        }

        var value = Next(file, ref position, fileName, out var storages);
        if (Next(file, ref position, fileName, out _) is not List<object?> keys)
        {
            return Fail(fileName, "it has no list of its storages.");
        }

        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            if (key is not string name || !storages.TryGetValue(name, out var storage) || offsets.ContainsKey(name))
            {
                return Fail(fileName, "its list of storages is not that of the storages that its value refers to.");
            }

            position = Skip(file, position, storage, fileName);
            offsets.Add(name, position - storage.ByteCount);
        }

        return offsets.Count == storages.Count && position == file.ByteCount
            ? new PickleContent(value, offsets)
            : Fail(fileName, $"its {offsets.Count} of {storages.Count} storages end at byte {position}; the file has {file.ByteCount}.");
    }

    private static object? Next(MappedFile file, ref long position, string fileName, out IReadOnlyDictionary<string, PickledStorage> storages)
    {
        var machine = new PickleMachine(file.Span(position, PickleMachine.MaximumByteCount), fileName);
        var value = machine.Run();
        position += machine.Position;
        storages = machine.Storages;
        return value;
    }

    private static long Skip(MappedFile file, long position, PickledStorage storage, string fileName)
    {
        var start = file.Span(position, sizeof(long));
        if (start.Length < sizeof(long) || BinaryPrimitives.ReadInt64LittleEndian(start) != storage.ElementCount || storage.ByteCount > file.ByteCount - position - sizeof(long))
        {
            Fail(fileName, $"its storage '{TensorFileException.Shown(storage.Key)}' does not have {storage.ElementCount} elements: the file is truncated or damaged.");
        }

        return position + sizeof(long) + storage.ByteCount;
    }

    [DoesNotReturn]
    private static PickleContent Fail(string fileName, string problem) => throw new TensorFileException(fileName, tensorName: null, problem);
}
