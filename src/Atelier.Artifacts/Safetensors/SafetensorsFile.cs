using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Safetensors;

/// <summary>
/// Opens a safetensors file by mapping it into memory: nothing is read until it is used, and nothing is copied.
/// </summary>
/// <remarks>
/// <para>
/// The whole header is validated before <see cref="Open"/> returns (see <see cref="SafetensorsHeader"/>). The mapping is copy-on-write:
/// whoever writes to it, such as an optimiser updating weights in place, changes its own memory and never the file.
/// </para>
/// <para>
/// Spans and addresses are valid until <see cref="Dispose"/>; a file that is never disposed stays mapped until the process ends.
/// No other program may shorten the file meanwhile: the operating system ends a process that reads mapped bytes which are gone.
/// Replacing it by renaming, as <see cref="SafetensorsWriter"/> does, is safe where the system allows it.
/// </para>
/// </remarks>
public sealed class SafetensorsFile : ITensorSource
{
    private readonly MappedFile _file;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(string path, MappedFile file)
    {
        FileName = path;
        _file = file;
        _header = SafetensorsHeader.Parse(file.Span(0, SafetensorsHeader.LengthByteCount + SafetensorsHeader.MaximumByteCount), file.ByteCount, path);
    }

    /// <inheritdoc/>
    public string FileName { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Gives the tensors by name, in the order of their bytes in the file.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries => _header.Entries;

    /// <summary>Maps a file and validates its header.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file, owned by the caller.</returns>
    /// <exception cref="TensorFileException">The file is not a sound safetensors file.</exception>
    /// <exception cref="IOException">The file can't be opened or mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = MappedFile.Open(path);
        try
        {
            return new SafetensorsFile(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public unsafe byte* Locate(TensorEntry entry)
    {
        this.RequireOwn(entry);
        return _file.At(entry.ByteOffset);
    }

    /// <summary>Unmaps the file; spans and addresses handed out before are invalid from then on.</summary>
    public void Dispose() => _file.Dispose();
}
