namespace Atelier.Artifacts.Hub;

/// <summary>Hears what happens between this machine and the hub. Its methods are called from several threads at once and must be quick.</summary>
public interface IHubObserver
{
    /// <summary>Hears of something that the user should know and that stops nothing. Each topic comes once.</summary>
    /// <param name="message">One line.</param>
    void Warn(string message);

    /// <summary>Hears that the client waits before it tries again, or for another process.</summary>
    /// <param name="reason">One line: what it waits for.</param>
    /// <param name="delay">How long at most until the next try.</param>
    void Waiting(string reason, TimeSpan delay);

    /// <summary>Hears how much will be transferred, before the first byte. One call may plan several times, as it learns what it needs: each adds to those before.</summary>
    /// <param name="fileCount">How many files, by their paths: several may share one content.</param>
    /// <param name="byteCount">How many bytes, without what is here already.</param>
    void TransferPlanned(int fileCount, long byteCount);

    /// <summary>Hears that a file's transfer begins.</summary>
    /// <param name="path">The file's path in the repository.</param>
    /// <param name="byteCount">Its size, or null when it is not known yet.</param>
    /// <param name="presentByteCount">How much of it is there from an earlier try.</param>
    void FileStarted(string path, long? byteCount, long presentByteCount);

    /// <summary>Hears how far a file is. The number may go back, when a transfer has to begin again.</summary>
    /// <param name="path">The file's path in the repository.</param>
    /// <param name="presentByteCount">How much of it has arrived, or been sent, in all.</param>
    void FileAdvanced(string path, long presentByteCount);

    /// <summary>Hears that a file is complete and verified. A file whose content was here already finishes without having started.</summary>
    /// <param name="path">The file's path in the repository.</param>
    void FileFinished(string path);

    /// <summary>Hears how far the hashing of what is to be uploaded is. Calls may overtake each other.</summary>
    /// <param name="hashedByteCount">How many bytes were hashed, over all files.</param>
    /// <param name="byteCount">How many there are in all.</param>
    void HashingAdvanced(long hashedByteCount, long byteCount);
}
