using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>An account.</summary>
public sealed class HostedUser
{
    private readonly List<AccessToken> _tokens = [];
    private readonly Dictionary<string, string> _organizations = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    internal HostedUser(string name) => Name = name;

    /// <summary>The account's name, which is its namespace.</summary>
    public string Name { get; }

    /// <summary>Adds a token.</summary>
    /// <param name="token">The token.</param>
    /// <returns>This account.</returns>
    public HostedUser With(AccessToken token)
    {
        lock (_lock)
        {
            _tokens.Add(token);
        }

        return this;
    }

    /// <summary>Takes a token back; from now on it is a wrong one.</summary>
    /// <param name="text">The token's text.</param>
    public void Revoke(string text)
    {
        lock (_lock)
        {
            _tokens.RemoveAll(token => token.Text == text);
        }
    }

    /// <summary>Makes the account a member of an organisation.</summary>
    /// <param name="organization">Its name.</param>
    /// <param name="role"><c>read</c>, <c>contributor</c>, <c>write</c> or <c>admin</c>.</param>
    /// <returns>This account.</returns>
    public HostedUser In(string organization, string role = "write")
    {
        lock (_lock)
        {
            _organizations[organization] = role;
        }

        return this;
    }

    internal AccessToken? Find(string text)
    {
        lock (_lock)
        {
            return _tokens.Find(token => token.Text == text);
        }
    }

    internal bool IsMemberOf(string space)
    {
        lock (_lock)
        {
            return space == Name || _organizations.ContainsKey(space);
        }
    }

    internal bool MayWriteTo(string space)
    {
        lock (_lock)
        {
            return space == Name || (_organizations.TryGetValue(space, out var role) && role is "write" or "admin");
        }
    }

    internal JsonObject WhoAmI(AccessToken token)
    {
        var access = new JsonObject { ["displayName"] = token.DisplayName, ["role"] = token.Role == TokenRole.FineGrained ? "fineGrained" : token.Role.ToString().ToLowerInvariant() };
        if (token.Role == TokenRole.FineGrained)
        {
            access["fineGrained"] = new JsonObject { ["canReadGatedRepos"] = token.AllowsGated, ["global"] = new JsonArray(), ["scoped"] = new JsonArray() };
        }

        lock (_lock)
        {
            return new JsonObject
            {
                ["type"] = "user",
                ["name"] = Name,
                ["fullname"] = char.ToUpperInvariant(Name[0]) + Name[1..],
                ["email"] = Name + "@example.org",
                ["isPro"] = false,
                ["orgs"] = new JsonArray([.. _organizations.Select(static pair => new JsonObject { ["type"] = "org", ["name"] = pair.Key, ["roleInOrg"] = pair.Value })]),
                ["auth"] = new JsonObject { ["type"] = "access_token", ["accessToken"] = access },
            };
        }
    }
}
