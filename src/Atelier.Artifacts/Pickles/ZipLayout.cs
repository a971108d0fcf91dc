using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Pickles;

/// <summary>PyTorch's format since 1.6: a zip file with one folder, in it the pickle <c>data.pkl</c> and each storage as <c>data/KEY</c>, stored as they are.</summary>
internal static class ZipLayout
{
    private const string PickleName = "data.pkl";

    /// <summary>Reads the pickle and finds the storages.</summary>
    /// <param name="file">The file.</param>
    /// <param name="fileName">What error messages call it.</param>
    /// <returns>What was saved.</returns>
    /// <exception cref="TensorFileException">The file is damaged, hostile, or not one that PyTorch wrote.</exception>
    public static PickleContent Read(MappedFile file, string fileName)
    {
        var directory = ZipDirectory.Read(file, fileName);
        var names = directory.Names.Where(static name => name.EndsWith($"/{PickleName}", StringComparison.Ordinal) && name.IndexOf('/', StringComparison.Ordinal) == name.Length - PickleName.Length - 1).ToList();
        if (names is not [var name] || directory.Find(name) is not { } place)
        {
            throw new TensorFileException(fileName, tensorName: null, $"it is a zip file that PyTorch did not write: it has {names.Count} entries '*/{PickleName}' instead of one.");
        }

        var root = name[..^PickleName.Length];
        if (directory.Find($"{root}byteorder") is { } order && !file.Span(order.Offset, order.ByteCount).SequenceEqual("little"u8))
        {
            throw new TensorFileException(fileName, tensorName: null, "its numbers are not little-endian.");
        }

        var machine = new PickleMachine(file.Span(place.Offset, place.ByteCount), fileName);
        var value = machine.Run();
        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var storage in machine.Storages.Values)
        {
            if (directory.Find($"{root}data/{storage.Key}") is not { } data)
            {
                throw new TensorFileException(fileName, tensorName: null, $"it lacks the storage '{TensorFileException.Shown(storage.Key)}'.");
            }

            if (data.ByteCount != storage.ByteCount)
            {
                throw new TensorFileException(fileName, tensorName: null, $"its storage '{TensorFileException.Shown(storage.Key)}' has {data.ByteCount} bytes instead of {storage.ByteCount}.");
            }

            offsets.Add(storage.Key, data.Offset);
        }

        return new PickleContent(value, offsets);
    }
}
