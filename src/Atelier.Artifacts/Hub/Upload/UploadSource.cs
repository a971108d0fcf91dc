using System.Formats.Tar;
using Microsoft.Win32.SafeHandles;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>
/// Holds the content of one path: a local file, or a text in memory. A file that changes after it was first looked at is an error, because then what was hashed is not what is sent.
/// </summary>
internal sealed class UploadSource
{
    private readonly ReadOnlyMemory<byte> _content;
    private readonly FileStamp _stamp;

    private UploadSource(string? localPath, ReadOnlyMemory<byte> content, FileStamp stamp)
        => (LocalPath, _content, _stamp) = (localPath, content, stamp);

    /// <summary>Gives the local file, or null for a text in memory.</summary>
    public string? LocalPath { get; }

    /// <summary>Gives the size.</summary>
    public long ByteCount => LocalPath is null ? _content.Length : _stamp.ByteCount;

    /// <summary>Takes a text.</summary>
    /// <param name="content">The bytes.</param>
    /// <returns>The source.</returns>
    public static UploadSource Of(ReadOnlyMemory<byte> content) => new(localPath: null, content, default);

    /// <summary>Looks at a file for the first time.</summary>
    /// <param name="localPath">The file.</param>
    /// <returns>The source.</returns>
    /// <exception cref="HubException">The file can't be read.</exception>
    public static UploadSource OfFile(string localPath)
    {
        var path = Path.GetFullPath(localPath);
        using var file = Open(path);
        return new UploadSource(path, default, FileStamp.Of(file));
    }

    /// <summary>Opens the content.</summary>
    /// <returns>A reader, owned by the caller.</returns>
    /// <exception cref="HubException">The file can't be read, or has changed.</exception>
    public Reader Open() => LocalPath is null ? new Reader(this, file: null) : new Reader(this, Open(LocalPath));

    /// <summary>Reads the whole content.</summary>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>The bytes.</returns>
    public async Task<byte[]> ReadAsync(CancellationToken cancellation)
    {
        using var reader = Open();
        var content = new byte[ByteCount];
        await reader.ReadAsync(0, content, cancellation).ConfigureAwait(false);
        reader.Check();
        return content;
    }

    private static SafeFileHandle Open(string path)
    {
        try
        {
            RequireRegular(path);
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, exception);
        }
    }

    // To open a pipe waits for somebody who writes into it, perhaps for ever. Pipes and devices have no size, so that what has one needs no further look.
    private static void RequireRegular(string path)
    {
        var file = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        if (!OperatingSystem.IsWindows() && file.Length == 0 && !IsRegular(file))
        {
            throw new HubException(HubErrorKind.InvalidName, $"'{HubText.Shown(path)}' is a pipe, a socket or a device, which can't be uploaded. Take it away, or put a file there.");
        }
    }

    // Of all that .NET has, only the entry of an archive says what kind a file is without opening it.
    private static bool IsRegular(FileInfo file)
    {
        using MemoryStream archive = new();
        using TarWriter writer = new(archive, leaveOpen: true);
        try
        {
            writer.WriteEntry(file.FullName, "x");
        }
        catch (IOException) when (file.Exists)
        {
            return false; // a socket can't be in an archive
        }

        archive.Position = 0;
        using TarReader reader = new(archive, leaveOpen: true);
        return reader.GetNextEntry()?.EntryType == TarEntryType.RegularFile;
    }

    private static HubException Unreadable(string path, Exception exception)
        => new(HubErrorKind.Disk, $"'{HubText.Shown(path)}' can't be read: {HubText.Shown(exception.Message, 200)}", exception);

    /// <summary>Reads a content at any place, and notices when it changes.</summary>
    internal sealed class Reader : IDisposable
    {
        private readonly UploadSource _source;
        private readonly SafeFileHandle? _file;

        /// <summary>Begins.</summary>
        /// <param name="source">The content.</param>
        /// <param name="file">The open file, or null for a text.</param>
        public Reader(UploadSource source, SafeFileHandle? file)
        {
            (_source, _file) = (source, file);
            try
            {
                Check();
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        /// <summary>Fills a buffer.</summary>
        /// <param name="offset">Where the bytes begin.</param>
        /// <param name="buffer">Gets the bytes; all of them must be there.</param>
        /// <param name="cancellation">Ends the reading.</param>
        /// <returns>A task that ends when the buffer is full.</returns>
        public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
        {
            if (_file is null)
            {
                _source._content.Slice((int)offset, buffer.Length).CopyTo(buffer);
                return;
            }

            try
            {
                while (buffer.Length > 0)
                {
                    var count = await RandomAccess.ReadAsync(_file, buffer, offset, cancellation).ConfigureAwait(false);
                    if (count == 0)
                    {
                        throw HasChanged();
                    }

                    (buffer, offset) = (buffer[count..], offset + count);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw Unreadable(_source.LocalPath!, exception);
            }
        }

        /// <summary>Checks that the file is still what it was when it was first looked at.</summary>
        public void Check()
        {
            if (_file is not null && FileStamp.Of(_file) != _source._stamp)
            {
                throw HasChanged();
            }
        }

        /// <summary>Makes the exception for content that is no longer what was hashed.</summary>
        /// <returns>The exception.</returns>
        public HubException HasChanged()
            => new(HubErrorKind.Mismatch, $"'{HubText.Shown(_source.LocalPath ?? "the text")}' has changed during the upload: nothing was committed. Try again when nothing writes to it.");

        /// <inheritdoc/>
        public void Dispose() => _file?.Dispose();
    }
}
