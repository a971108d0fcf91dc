using System.Collections.ObjectModel;
using System.Text.Json;

namespace Atelier.Artifacts.Tensors;

/// <summary>
/// Opens a checkpoint that is split over several files, by the <c>*.index.json</c> that says which tensor is in which file.
/// </summary>
/// <remarks>
/// Only tensors that the index names are visible. The files are looked for in the index's own folder and nowhere else; names that lead out
/// of it are refused. An index is opened only if every file in it is sound and holds every tensor that the index puts there.
/// </remarks>
public sealed unsafe class ShardIndex : ITensorSource
{
    /// <summary>The longest index that is accepted, in bytes.</summary>
    public const int MaximumByteCount = 100_000_000;

    private readonly Dictionary<string, ITensorSource> _shardOfTensor = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ITensorSource> _shards = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, TensorEntry> _entries = new(StringComparer.Ordinal);

    private ShardIndex(string path)
    {
        FileName = path;
        Entries = new ReadOnlyDictionary<string, TensorEntry>(_entries);
        Shards = _shards.AsReadOnly();
    }

    /// <inheritdoc/>
    public string FileName { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Gives the tensors by name, in the order of the index; offsets are those in the tensor's own file.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Gives the open files by their names in the index; they are owned by it.</summary>
    public IReadOnlyDictionary<string, ITensorSource> Shards { get; }

    /// <summary>Opens the index and every file that it names.</summary>
    /// <param name="path">The index, such as <c>diffusion_pytorch_model.safetensors.index.json</c>.</param>
    /// <returns>The open checkpoint, owned by the caller.</returns>
    /// <exception cref="TensorFileException">The index or one of its files is damaged, missing, or outside the index's folder.</exception>
    /// <exception cref="IOException">A file can't be opened or mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static ShardIndex Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var index = new ShardIndex(path);
        try
        {
            index.Load();
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public byte* Locate(TensorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return _shardOfTensor.TryGetValue(entry.Name, out var shard)
            ? shard.Locate(entry)
            : throw new ArgumentException($"'{entry.Name}' is not a tensor of {FileName}.", nameof(entry));
    }

    /// <summary>Closes every file; spans and addresses handed out before are invalid from then on.</summary>
    public void Dispose()
    {
        foreach (var shard in _shards.Values)
        {
            shard.Dispose();
        }
    }

    private void Load()
    {
        try
        {
            using var document = JsonFile.Read(FileName, MaximumByteCount);
            if (!document.RootElement.TryGetProperty("weight_map"u8, out var map) || map.ValueKind != JsonValueKind.Object)
            {
                throw new TensorFileException(FileName, tensorName: null, "the index has no object 'weight_map'.");
            }

            foreach (var property in map.EnumerateObject())
            {
                Add(JsonFile.Name(property), property.Value);
            }
        }
        catch (JsonException exception)
        {
            throw new TensorFileException(FileName, tensorName: null, $"the index is malformed: {exception.Message}", exception);
        }
    }

    private void Add(string tensorName, JsonElement shardName)
    {
        if (shardName.ValueKind != JsonValueKind.String)
        {
            throw new TensorFileException(FileName, tensorName, "its file is not a string.");
        }

        var shard = Shard(JsonFile.Text(shardName), tensorName);
        if (!shard.Entries.TryGetValue(tensorName, out var entry))
        {
            throw new TensorFileException(FileName, tensorName, $"the index puts it in '{Path.GetFileName(shard.FileName)}', which does not hold it.");
        }

        _shardOfTensor.Add(tensorName, shard);
        _entries.Add(tensorName, entry);
    }

    private ITensorSource Shard(string name, string tensorName)
    {
        if (_shards.TryGetValue(name, out var open))
        {
            return open;
        }

        if (!IsPlainFileName(name))
        {
            throw new TensorFileException(FileName, tensorName, $"its file '{TensorFileException.Shown(name)}' is not a plain file name.");
        }

        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(FileName))!, name);
        if (!File.Exists(path))
        {
            throw new TensorFileException(FileName, tensorName, $"its file '{TensorFileException.Shown(name)}' is not in the index's folder.");
        }

        var shard = TensorFile.Open(path);
        _shards.Add(name, shard);
        return shard;
    }

    // Judged alike on every system: what is a folder or a drive on one must not be a name on another.
    private static bool IsPlainFileName(string name) => name.Length > 0
        && name is not ("." or "..")
        && name.AsSpan().IndexOfAny('/', '\\', ':') < 0
        && !name.Any(char.IsControl);
}
