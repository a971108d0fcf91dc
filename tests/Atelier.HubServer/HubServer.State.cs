using System.Collections.Concurrent;

namespace Atelier.Testing;

/// <content>What is on the hub: models and accounts.</content>
public sealed partial class HubServer
{
    private readonly ConcurrentDictionary<string, HostedModel> _models = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _newNames = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HostedUser> _users = new(StringComparer.Ordinal);

    /// <summary>The organisations that make every model private, and refuse an explicit public one.</summary>
    public ISet<string> PrivateOrganizations { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Adds a model, public and open.</summary>
    /// <param name="id"><c>namespace/name</c>, or one old-style name.</param>
    /// <param name="files">Sets the files of its first commit; null for none.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ArgumentException">There is such a model.</exception>
    public HostedModel AddModel(string id, Action<ModelFiles>? files = null) =>
        TryAddModel(id, files ?? (static _ => { })) ?? throw new ArgumentException($"There is a model {id} already.", nameof(id));

    /// <summary>Adds an account with a token.</summary>
    /// <param name="name">Its name, which is its namespace.</param>
    /// <param name="token">The token's text; null for an account without one.</param>
    /// <param name="role">What the token allows.</param>
    /// <returns>The account.</returns>
    public HostedUser AddUser(string name, string? token = null, TokenRole role = TokenRole.Write)
    {
        var user = _users.GetOrAdd(name, static key => new HostedUser(key));
        return token is null ? user : user.With(new AccessToken(token, role));
    }

    /// <summary>A model by its present id.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The model.</returns>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public HostedModel Model(string id) => FindModel(id) ?? throw new KeyNotFoundException($"There is no model {id}.");

    /// <summary>A model by its present id, if there is one.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The model, or null.</returns>
    public HostedModel? FindModel(string id) => _models.GetValueOrDefault(id);

    /// <summary>Renames a model; the old id redirects from now on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="id">Its new id.</param>
    public void Rename(HostedModel model, string id)
    {
        _models[id] = model;
        _models.TryRemove(model.Id, out _);
        _newNames[model.Id] = id;
        model.Id = id;
    }

    internal HostedModel? TryAddModel(string id, Action<ModelFiles> files)
    {
        var model = new HostedModel(this, id, files);
        return _models.TryAdd(id, model) ? model : null;
    }

    internal string? NewName(string id) => _newNames.GetValueOrDefault(id);

    internal (HostedUser User, AccessToken Token)? FindToken(string text)
    {
        foreach (var user in _users.Values)
        {
            if (user.Find(text) is { } token)
            {
                return (user, token);
            }
        }

        return null;
    }
}
