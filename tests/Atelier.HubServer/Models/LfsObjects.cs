namespace Atelier.Testing;

/// <summary>The LFS objects of a repository, by SHA-256.</summary>
internal sealed class LfsObjects
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (HostedContent Content, bool IsVerified)> _objects = new(StringComparer.Ordinal);

    // The ids of committed content are computed when somebody asks for one: hashing gigabytes for every test would be slow.
    private readonly List<HostedContent> _committed = [];

    public void AddCommitted(HostedContent content)
    {
        lock (_lock)
        {
            if (!_committed.Contains(content))
            {
                _committed.Add(content);
            }
        }
    }

    public void AddUploaded(string oid, HostedContent content)
    {
        lock (_lock)
        {
            if (!_objects.TryGetValue(oid, out var known) || !known.IsVerified)
            {
                _objects[oid] = (content, false);
            }
        }
    }

    public (HostedContent Content, bool IsVerified)? Find(string oid, long size)
    {
        lock (_lock)
        {
            if (_objects.TryGetValue(oid, out var known))
            {
                return known.Content.Length == size ? known : null;
            }

            foreach (var content in _committed.Where(content => content.Length == size && content.Sha256 == oid))
            {
                return (content, true);
            }

            return null;
        }
    }

    public void Remove(string oid)
    {
        lock (_lock)
        {
            _objects.Remove(oid);
        }
    }

    public void Verify(string oid)
    {
        lock (_lock)
        {
            if (_objects.TryGetValue(oid, out var known))
            {
                _objects[oid] = (known.Content, true);
            }
        }
    }
}
