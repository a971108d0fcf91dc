using System.IO.MemoryMappedFiles;

namespace Atelier.Artifacts.Tensors;

/// <summary>Holds a whole file mapped into memory, copy-on-write: nothing is read until it is used, and writing changes this process's memory only.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _mapping;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;
    private bool _isDisposed;

    private MappedFile(FileStream stream)
    {
        ByteCount = stream.Length;
        if (ByteCount == 0)
        {
            stream.Dispose(); // nothing can be mapped of an empty file
            return;
        }

        _mapping = MemoryMappedFile.CreateFromFile(stream, mapName: null, capacity: 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: false);
        try
        {
            _view = _mapping.CreateViewAccessor(0, ByteCount, MemoryMappedFileAccess.CopyOnWrite);
            byte* pointer = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            _start = pointer + _view.PointerOffset;
        }
        catch
        {
            _view?.Dispose();
            _mapping.Dispose();
            throw;
        }
    }

    /// <summary>The length of the file.</summary>
    public long ByteCount { get; }

    /// <summary>Maps a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The mapping, owned by the caller.</returns>
    /// <exception cref="IOException">The file can't be opened or mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static MappedFile Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        try
        {
            return new MappedFile(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Gives the address of a byte.</summary>
    /// <param name="offset">Which byte, from 0 to <see cref="ByteCount"/>.</param>
    /// <returns>The address, valid until the mapping is disposed.</returns>
    /// <exception cref="ObjectDisposedException">The mapping is disposed.</exception>
    public byte* At(long offset)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, ByteCount);
        return _start + offset;
    }

    /// <summary>Gives a part of the file.</summary>
    /// <param name="offset">Where it begins.</param>
    /// <param name="byteCount">How long it may be; what lies after the file's end is left out.</param>
    /// <returns>The bytes, valid until the mapping is disposed.</returns>
    /// <exception cref="ObjectDisposedException">The mapping is disposed.</exception>
    public ReadOnlySpan<byte> Span(long offset, long byteCount) => new(At(offset), (int)Math.Min(byteCount, Math.Min(ByteCount - offset, int.MaxValue)));

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _view?.SafeMemoryMappedViewHandle.ReleasePointer();
            _view?.Dispose();
            _mapping?.Dispose();
        }
    }
}
