using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Pickles;

/// <summary>
/// Opens a file that PyTorch's <c>torch.save</c> wrote (<c>.bin</c>, <c>.pt</c>, <c>.pth</c>) by mapping it into memory, and runs nothing of it.
/// </summary>
/// <remarks>
/// <para>
/// Such a file holds a pickle: instructions that in Python can call anything. Here they make tensors in dictionaries, and nothing else: a name that is not in a short fixed
/// table, or an instruction that tensors do not need, is refused. Both of PyTorch's formats are read, the zip file and the row of pickles from before 1.6.
/// </para>
/// <para>
/// All of the file but the elements is validated before <see cref="Open"/> returns. Spans and addresses are valid until <see cref="Dispose"/>, and no other program may shorten
/// the file meanwhile: the operating system ends a process that reads mapped bytes which are gone.
/// </para>
/// </remarks>
public sealed unsafe class PickleFile : ITensorSource
{
    // Of POSIX's tar, in which PyTorch before 0.1.10 wrote.
    private const int TarMarkOffset = 257;

    private readonly MappedFile _file;
    private readonly Dictionary<string, PlacedTensor> _strided = new(StringComparer.Ordinal);
    private readonly Dictionary<string, nint> _copies = new(StringComparer.Ordinal);

    private PickleFile(string path, MappedFile file)
    {
        FileName = path;
        _file = file;
        var entries = new OrderedDictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var (name, tensor) in StateDictionary.Read(ReadContent(path, file), file.ByteCount, path))
        {
            entries.Add(name, tensor.Entry);
            if (tensor.Strides is not null)
            {
                _strided.Add(name, tensor);
            }
        }

        Entries = new ReadOnlyDictionary<string, TensorEntry>(entries);
    }

    /// <inheritdoc/>
    public string FileName { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Gives the tensors by name, in the order of the dictionary.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Maps a file, reads its pickle and finds its tensors.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file, owned by the caller.</returns>
    /// <exception cref="TensorFileException">The file is damaged or hostile, or holds something other than tensors in a dictionary; the message names what.</exception>
    /// <exception cref="IOException">The file can't be opened or mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static PickleFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = MappedFile.Open(path);
        try
        {
            return new PickleFile(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>A tensor whose elements are not in order in the file, such as a transposed matrix, is copied once; the copy is kept until the source is disposed.</remarks>
    public byte* Locate(TensorEntry entry)
    {
        this.RequireOwn(entry);
        var start = _file.At(entry.ByteOffset);
        return _strided.TryGetValue(entry.Name, out var tensor) ? Copy(start, tensor) : start;
    }

    /// <summary>Unmaps the file; spans and addresses handed out before are invalid from then on.</summary>
    public void Dispose()
    {
        _file.Dispose();
        lock (_copies)
        {
            foreach (var copy in _copies.Values)
            {
                NativeMemory.Free((void*)copy);
            }

            _copies.Clear();
        }
    }

    private static PickleContent ReadContent(string path, MappedFile file)
    {
        var start = file.Span(0, TarMarkOffset + 5);
        if (start.StartsWith("PK\u0003\u0004"u8))
        {
            return ZipLayout.Read(file, path);
        }

        if (start is [(byte)PickleInstruction.Protocol, ..])
        {
            return LegacyLayout.Read(file, path);
        }

        throw new TensorFileException(path, tensorName: null, start.EndsWith("ustar"u8)
            ? "it is a tar file, as PyTorch wrote before 0.1.10: load it there and save it again."
            : "it is no file that PyTorch wrote: neither a zip file nor a pickle.");
    }

    private byte* Copy(byte* start, PlacedTensor tensor)
    {
        lock (_copies)
        {
            if (!_copies.TryGetValue(tensor.Entry.Name, out var copy))
            {
                copy = (nint)NativeMemory.Alloc((nuint)tensor.Entry.ByteCount);
                _copies.Add(tensor.Entry.Name, copy);
                StridedCopy.Copy(start, (byte*)copy, tensor.Entry.ElementType.ByteCount(), tensor.Entry.Shape.AsSpan(), tensor.Strides!.Value.AsSpan());
            }

            return (byte*)copy;
        }
    }
}
