using System.Collections.Concurrent;
using Atelier.Artifacts.Hub;

namespace Atelier.Tests.Artifacts.Hub;

/// <summary>Remembers what it hears.</summary>
internal sealed class RecordingObserver : IHubObserver
{
    public ConcurrentQueue<string> Warnings { get; } = new();

    public ConcurrentQueue<(string Reason, TimeSpan Delay)> Waits { get; } = new();

    public ConcurrentQueue<(int FileCount, long ByteCount)> Plans { get; } = new();

    public ConcurrentQueue<(string Path, long? ByteCount, long Present)> Started { get; } = new();

    public ConcurrentDictionary<string, long> Positions { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Finished { get; } = new();

    public ConcurrentQueue<(long Hashed, long All)> Hashings { get; } = new();

    public Action<string, long>? OnAdvanced { get; set; }

    public void Warn(string message) => Warnings.Enqueue(message);

    public void Waiting(string reason, TimeSpan delay) => Waits.Enqueue((reason, delay));

    public void TransferPlanned(int fileCount, long byteCount) => Plans.Enqueue((fileCount, byteCount));

    public void FileStarted(string path, long? byteCount, long presentByteCount) => Started.Enqueue((path, byteCount, presentByteCount));

    public void FileAdvanced(string path, long presentByteCount)
    {
        Positions[path] = presentByteCount;
        OnAdvanced?.Invoke(path, presentByteCount);
    }

    public void FileFinished(string path) => Finished.Enqueue(path);

    public void HashingAdvanced(long hashedByteCount, long byteCount) => Hashings.Enqueue((hashedByteCount, byteCount));
}
