namespace Atelier.Testing;

/// <summary>An LFS object on its way to the storage, in one piece or in parts.</summary>
internal sealed class Upload(string id, HostedModel model, string oid, long size, long chunkSize)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, (HostedContent Content, string Etag)> _parts = [];
    private bool _isCompleted;

    public string Id => id;

    public HostedModel Model => model;

    public string Oid => oid;

    public long Size => size;

    public long ChunkSize => chunkSize;

    /// <summary>The number of parts; 0 for an upload in one piece.</summary>
    public int PartCount => chunkSize == 0 ? 0 : (int)((size + chunkSize - 1) / chunkSize);

    public long LengthOf(int part) => part == 0 ? size : Math.Min(chunkSize, size - ((part - 1) * chunkSize));

    public void Store(int part, HostedContent content, string etag)
    {
        if (part == 0)
        {
            model.Objects.AddUploaded(oid, content);
            return;
        }

        lock (_lock)
        {
            _parts[part] = (content, etag);
        }
    }

    /// <summary>Puts the parts together; the answer says what is wrong, or is null.</summary>
    public string? Complete(IReadOnlyList<(int Number, string Etag)> parts, bool dropsContent)
    {
        lock (_lock)
        {
            if (_isCompleted)
            {
                return "NoSuchUpload: The specified upload does not exist. It may have been aborted or completed.";
            }

            if (parts.Zip(parts.Skip(1)).Any(static pair => pair.First.Number >= pair.Second.Number))
            {
                return "InvalidPartOrder: The list of parts was not in ascending order.";
            }

            if (parts.Count != PartCount || !parts.All(part => _parts.TryGetValue(part.Number, out var stored) && stored.Etag == part.Etag))
            {
                return "InvalidPart: One or more of the specified parts could not be found, or an etag does not match.";
            }

            HostedContent whole = dropsContent ? new DroppedContent(size, oid) : new JoinedContent([.. _parts.Values.Select(static part => part.Content)]);
            model.Objects.AddUploaded(oid, whole);
            _isCompleted = true;
            return null;
        }
    }
}
