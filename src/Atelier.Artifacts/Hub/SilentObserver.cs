namespace Atelier.Artifacts.Hub;

/// <summary>Hears everything and says nothing.</summary>
internal sealed class SilentObserver : IHubObserver
{
    /// <summary>Gives the one observer of this kind.</summary>
    public static SilentObserver Instance { get; } = new();

    /// <inheritdoc/>
    public void Warn(string message)
    {
    }

    /// <inheritdoc/>
    public void Waiting(string reason, TimeSpan delay)
    {
    }

    /// <inheritdoc/>
    public void TransferPlanned(int fileCount, long byteCount)
    {
    }

    /// <inheritdoc/>
    public void FileStarted(string path, long? byteCount, long presentByteCount)
    {
    }

    /// <inheritdoc/>
    public void FileAdvanced(string path, long presentByteCount)
    {
    }

    /// <inheritdoc/>
    public void FileFinished(string path)
    {
    }

    /// <inheritdoc/>
    public void HashingAdvanced(long hashedByteCount, long byteCount)
    {
    }
}
