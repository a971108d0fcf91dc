using System.Collections.Immutable;

namespace Atelier.Testing;

/// <summary>A model repository.</summary>
public sealed class HostedModel
{
    private readonly Lock _lock = new();
    private readonly HubServer _server;
    private readonly Dictionary<string, HostedCommit> _commits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HostedCommit> _branches = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HostedCommit> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<int, HostedCommit> _pullRequests = [];

    internal HostedModel(HubServer server, string id, Action<ModelFiles> change)
    {
        _server = server;
        Id = id;
        var files = new ModelFiles(ImmutableSortedDictionary.Create<string, HostedFile>(StringComparer.Ordinal), server.Options);
        change(files);
        Publish("main", new HostedCommit(null, files.Build(), "initial commit", Namespace, server.Clock.GetUtcNow()));
    }

    /// <summary><c>namespace/name</c>, or one old-style name.</summary>
    public string Id { get; internal set; }

    /// <summary>The part before the slash; empty for an old-style name.</summary>
    public string Namespace => Id.Contains('/', StringComparison.Ordinal) ? Id.Split('/')[0] : "";

    /// <summary>Whether only members of its namespace see it.</summary>
    public bool IsPrivate { get; set; }

    /// <summary>Whether its files need a granted request.</summary>
    public Gating Gating { get; set; }

    /// <summary>Whether the hub took it down.</summary>
    public bool IsDisabled { get; set; }

    /// <summary>Whether listings and answers name xet hashes for its LFS files, which a client may ignore.</summary>
    public bool UsesXet { get; set; } = true;

    /// <summary>Users whose request for a gated model was granted.</summary>
    public ISet<string> GrantedUsers { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The commit of <c>main</c>, 40 hex.</summary>
    public string Sha => Head().Id;

    /// <summary>LFS objects that were uploaded or belong to a commit.</summary>
    internal LfsObjects Objects { get; } = new();

    /// <summary>The newest commit of a branch, tag or pull request.</summary>
    /// <param name="revision">The revision.</param>
    /// <returns>The commit.</returns>
    /// <exception cref="KeyNotFoundException">There is no such revision.</exception>
    public HostedCommit Head(string revision = "main") => Find(revision) ?? throw new KeyNotFoundException($"{Id} has no revision {revision}.");

    /// <summary>A file at a revision.</summary>
    /// <param name="path">The path.</param>
    /// <param name="revision">The revision.</param>
    /// <returns>The file.</returns>
    /// <exception cref="KeyNotFoundException">There is no such revision or file.</exception>
    public HostedFile File(string path, string revision = "main") => Head(revision).Files[path];

    /// <summary>A revision's commit.</summary>
    /// <param name="revision">A branch, a tag, <c>refs/pr/N</c> or a commit's id.</param>
    /// <returns>The commit, or null.</returns>
    public HostedCommit? Find(string revision)
    {
        lock (_lock)
        {
            return _branches.GetValueOrDefault(revision) ?? _tags.GetValueOrDefault(revision) ?? _commits.GetValueOrDefault(revision)
                ?? (PullRequestNumber(revision) is { } number ? _pullRequests.GetValueOrDefault(number) : null);
        }
    }

    /// <summary>Makes a commit, as another person's push would.</summary>
    /// <param name="change">Changes the files.</param>
    /// <param name="revision">The branch, which must exist.</param>
    /// <param name="title">The commit's title.</param>
    /// <returns>The commit.</returns>
    public HostedCommit Commit(Action<ModelFiles> change, string revision = "main", string title = "Change files")
    {
        lock (_lock)
        {
            var parent = Head(revision);
            var files = new ModelFiles(parent.Files, _server.Options);
            change(files);
            return Publish(revision, new HostedCommit(parent, files.Build(), title, "someone", _server.Clock.GetUtcNow()));
        }
    }

    /// <summary>Makes a branch.</summary>
    /// <param name="name">Its name, which may have slashes.</param>
    /// <param name="revision">Where it begins.</param>
    /// <returns>This model.</returns>
    public HostedModel AddBranch(string name, string revision = "main")
    {
        lock (_lock)
        {
            _branches[name] = Head(revision);
        }

        return this;
    }

    /// <summary>Makes a tag.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="revision">Where it points.</param>
    /// <returns>This model.</returns>
    public HostedModel AddTag(string name, string revision = "main")
    {
        lock (_lock)
        {
            _tags[name] = Head(revision);
        }

        return this;
    }

    /// <summary>Opens a pull request with a commit.</summary>
    /// <param name="change">Changes the files.</param>
    /// <param name="title">The commit's title.</param>
    /// <returns>Its number; its branch is <c>refs/pr/N</c>.</returns>
    public int AddPullRequest(Action<ModelFiles> change, string title = "A pull request")
    {
        lock (_lock)
        {
            var number = _pullRequests.Count + 1;
            _pullRequests[number] = Head();
            Commit(change, "refs/pr/" + number, title);
            return number;
        }
    }

    internal (List<(string Name, string Sha)> Branches, List<(string Name, string Sha)> Tags, List<(int Number, string Sha)> PullRequests) References()
    {
        lock (_lock)
        {
            return ([.. _branches.Select(static pair => (pair.Key, pair.Value.Id))], [.. _tags.Select(static pair => (pair.Key, pair.Value.Id))], [.. _pullRequests.Select(static pair => (pair.Key, pair.Value.Id))]);
        }
    }

    /// <summary>Makes the next state of a branch from its newest one, with nobody in between; the change may refuse with null.</summary>
    internal HostedCommit? Update(string revision, Func<HostedCommit, HostedCommit?> change)
    {
        lock (_lock)
        {
            return change(Head(revision)) is { } commit ? Publish(revision, commit) : null;
        }
    }

    /// <summary>Opens a pull request whose branch holds a commit.</summary>
    internal int OpenPullRequest(HostedCommit commit)
    {
        lock (_lock)
        {
            var number = _pullRequests.Count + 1;
            _pullRequests[number] = commit;
            _commits[commit.Id] = commit;
            return number;
        }
    }

    internal bool IsWritable(string revision)
    {
        lock (_lock)
        {
            return _branches.ContainsKey(revision) || (PullRequestNumber(revision) is { } number && _pullRequests.ContainsKey(number));
        }
    }

    private static int? PullRequestNumber(string revision) =>
        revision.StartsWith("refs/pr/", StringComparison.Ordinal) && int.TryParse(revision["refs/pr/".Length..], out var number) ? number : null;

    private HostedCommit Publish(string revision, HostedCommit commit)
    {
        _commits[commit.Id] = commit;
        foreach (var file in commit.Files.Values.Where(static file => file.IsLfs))
        {
            Objects.AddCommitted(file.Content);
        }

        if (PullRequestNumber(revision) is { } number)
        {
            _pullRequests[number] = commit;
        }
        else
        {
            _branches[revision] = commit;
        }

        return commit;
    }
}
