namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Adds up how much of a file was sent, over parts that are sent at once.</summary>
internal sealed class FileProgress(IHubObserver observer, string path)
{
    private long _sent;

    /// <summary>Notes that more was sent, or that a part begins again.</summary>
    /// <param name="change">How many bytes; negative when they have to be sent once more.</param>
    public void Add(long change)
    {
        if (change != 0)
        {
            observer.FileAdvanced(path, Interlocked.Add(ref _sent, change));
        }
    }
}
