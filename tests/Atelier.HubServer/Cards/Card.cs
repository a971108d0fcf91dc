using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>The card of a commit, as far as the hub reads it.</summary>
/// <param name="Fields">The front matter; null without one, or when it does not parse.</param>
internal sealed record Card(JsonObject? Fields)
{
    private const int ReadLimit = 1024 * 1024;

    public static Card Of(HostedCommit commit)
    {
        if (!commit.Files.TryGetValue("README.md", out var file) || file.IsLfs || file.Content.Length > ReadLimit)
        {
            return new Card((JsonObject?)null);
        }

        var text = System.Text.Encoding.UTF8.GetString(file.Content.ToArray());
        return new Card(FrontMatter.TryParse(text, out var fields, out _) ? fields : null);
    }

    /// <summary>The tags that the hub makes of the fields.</summary>
    public JsonArray Tags()
    {
        var tags = new List<string>();
        if (Fields?["library_name"] is JsonValue library)
        {
            tags.Add(library.ToString());
        }

        tags.AddRange(Texts("tags"));
        tags.AddRange(Texts("base_model").Select(static id => "base_model:" + id));
        tags.AddRange(Texts("license").Select(static license => "license:" + license));
        return [.. tags.Distinct(StringComparer.Ordinal).Select(static tag => JsonValue.Create(tag))];
    }

    private IEnumerable<string> Texts(string name) => Fields?[name] switch
    {
        JsonArray list => list.Select(static item => item?.ToString() ?? ""),
        JsonValue value => [value.ToString()],
        _ => [],
    };
}
