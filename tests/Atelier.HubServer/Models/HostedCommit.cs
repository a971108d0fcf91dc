using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>A commit: all files of the repository at one time.</summary>
public sealed class HostedCommit
{
    internal HostedCommit(HostedCommit? parent, ImmutableSortedDictionary<string, HostedFile> files, string title, string author, DateTimeOffset date)
    {
        Parent = parent;
        Files = files;
        Title = title;
        Author = author;
        Date = date;
        var text = new StringBuilder($"{parent?.Id} {title} {author} {date.Ticks}\n");
        foreach (var file in files.Values)
        {
            text.Append(file.Path).Append('\0').Append(file.Content.Length).Append('\0').Append(file.IsLfs).Append('\n');
        }

        Id = HostedContent.Of(text.ToString()).BlobId;
    }

    /// <summary>40 hex.</summary>
    public string Id { get; }

    /// <summary>The commit before it; null for the first.</summary>
    public HostedCommit? Parent { get; }

    /// <summary>The files by path.</summary>
    public ImmutableSortedDictionary<string, HostedFile> Files { get; }

    /// <summary>The first line of its message.</summary>
    public string Title { get; }

    /// <summary>The rest of its message.</summary>
    public string Message { get; internal init; } = "";

    /// <summary>Who made it.</summary>
    public string Author { get; }

    /// <summary>When.</summary>
    public DateTimeOffset Date { get; }

    internal JsonObject Json() => new()
    {
        ["id"] = Id,
        ["title"] = Title,
        ["message"] = Message,
        ["date"] = Time(Date),
        ["authors"] = new JsonArray(new JsonObject { ["user"] = Author }),
    };

    internal static string Time(DateTimeOffset date) => date.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
}
