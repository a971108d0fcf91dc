using System.IO.MemoryMappedFiles;
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
public sealed unsafe class SafetensorsFile : ITensorSource
{
    private readonly SafetensorsHeader _header;
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    private SafetensorsFile(string path, MemoryMappedFile mapping, MemoryMappedViewAccessor view, long fileByteCount)
    {
        FileName = path;
        _mapping = mapping;
        _view = view;
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _start = pointer + view.PointerOffset;
        try
        {
            const int longestStart = SafetensorsHeader.LengthByteCount + SafetensorsHeader.MaximumByteCount;
            _header = SafetensorsHeader.Parse(new ReadOnlySpan<byte>(_start, (int)Math.Min(fileByteCount, longestStart)), fileByteCount, path);
        }
        catch
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            throw;
        }
    }

    /// <inheritdoc/>
    public string FileName { get; }

    /// <summary>Gives the texts that the file's author attached; empty when there are none.</summary>
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
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        MemoryMappedFile? mapping = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            var fileByteCount = stream.Length;
            if (fileByteCount < SafetensorsHeader.LengthByteCount)
            {
                SafetensorsHeader.Parse([], fileByteCount, path); // throws: too short to hold a header, and nothing can be mapped of an empty file
            }

            mapping = MemoryMappedFile.CreateFromFile(
                stream, mapName: null, capacity: 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: false);
            view = mapping.CreateViewAccessor(0, fileByteCount, MemoryMappedFileAccess.CopyOnWrite);
            return new SafetensorsFile(path, mapping, view, fileByteCount);
        }
        catch
        {
            view?.Dispose();
            mapping?.Dispose();
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public byte* Locate(TensorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ObjectDisposedException.ThrowIf(_start is null, this);

        // An entry of another file could point outside this one's memory.
        return Entries.TryGetValue(entry.Name, out var own) && own.Equals(entry)
            ? _start + entry.ByteOffset
            : throw new ArgumentException($"'{entry.Name}' is not a tensor of {FileName}.", nameof(entry));
    }

    /// <summary>Unmaps the file; spans and addresses handed out before are invalid from then on.</summary>
    public void Dispose()
    {
        if (_start is null)
        {
            return;
        }

        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _mapping.Dispose();
    }
}
