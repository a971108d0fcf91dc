using Microsoft.Win32.SafeHandles;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Remembers by what a change of a file shows.</summary>
/// <param name="ByteCount">Its size.</param>
/// <param name="Changed">When it was last written.</param>
internal readonly record struct FileStamp(long ByteCount, DateTime Changed)
{
    /// <summary>Takes the stamp of an open file: what a link leads to, not the link.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The stamp.</returns>
    public static FileStamp Of(SafeFileHandle file) => new(RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));
}
