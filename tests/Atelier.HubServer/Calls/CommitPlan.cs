using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>What a commit's lines ask for, and what is wrong with it.</summary>
internal sealed class CommitPlan
{
    private const string Attributes = ".gitattributes";

    private readonly List<HostedFile> _files = [];
    private string _summary = "";
    private string _description = "";

    /// <summary>Everything that is wrong.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>What a client must never ask for.</summary>
    public string? Violation { get; private set; }

    /// <summary>The commit on which this one builds, if the client says so.</summary>
    public string? Parent { get; private set; }

    /// <summary>Files to delete, and folders with a final slash.</summary>
    public List<string> Deletions { get; } = [];

    public static CommitPlan Read(string lines, HostedModel model, HubServerOptions options)
    {
        var plan = new CommitPlan();
        var isFirst = true;
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                plan.ReadLine(JsonNode.Parse(line)!.AsObject(), isFirst, model, options);
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or NullReferenceException)
            {
                plan.Errors.Add("Invalid line: " + exception.Message);
            }

            isFirst = false;
        }

        if (plan._summary.Length == 0)
        {
            plan.Errors.Add("\"summary\" is not allowed to be empty");
        }

        return plan;
    }

    /// <summary>Makes the commit; the hub itself keeps the list of LFS patterns.</summary>
    public HostedCommit Apply(HostedCommit parent, string author, HubServer server)
    {
        var files = new ModelFiles(parent.Files, server.Options);
        foreach (var path in parent.Files.Keys.Where(path => Deletions.Exists(deletion => path == deletion || (deletion.EndsWith('/') && path.StartsWith(deletion, StringComparison.Ordinal)))))
        {
            files.Remove(path);
        }

        var attributes = parent.Files.TryGetValue(Attributes, out var known) ? Encoding.UTF8.GetString(known.Content.ToArray()) : "";
        var before = attributes;
        foreach (var file in _files)
        {
            files.Add(file.Path, file.Content, file.IsLfs);
            if (file.IsLfs && !attributes.Contains(LargeFiles.AttributeLine(file.Path), StringComparison.Ordinal))
            {
                attributes += LargeFiles.AttributeLine(file.Path);
            }
        }

        if (attributes != before)
        {
            files.Add(Attributes, attributes);
        }

        return new HostedCommit(parent, files.Build(), _summary, author, server.Clock.GetUtcNow()) { Message = _description };
    }

    private void ReadLine(JsonObject line, bool isFirst, HostedModel model, HubServerOptions options)
    {
        var key = (string?)line["key"];
        var value = line["value"]!.AsObject();
        if (isFirst != (key == "header"))
        {
            Errors.Add("The first line, and only it, must be the header");
        }

        switch (key)
        {
            case "header":
                (_summary, _description, Parent) = ((string?)value["summary"] ?? "", (string?)value["description"] ?? "", (string?)value["parentCommit"]);
                break;
            case "file":
                ReadFile(ReadPath(value), value, options);
                break;
            case "lfsFile":
                ReadLargeFile(ReadPath(value), value, model, options);
                break;
            case "deletedFile":
                Deletions.Add(ReadPath(value));
                Violation = ReadPath(value) == Attributes ? $"{Attributes} is the hub's own" : Violation;
                break;
            case "deletedFolder":
                Deletions.Add(ReadPath(value).TrimEnd('/') + "/");
                break;
            default:
                Errors.Add($"\"key\" with value \"{key}\" is not valid");
                break;
        }
    }

    private string ReadPath(JsonObject value)
    {
        var path = (string?)value["path"] ?? "";
        var segments = path.TrimEnd('/').Split('/');
        if (segments.Any(static segment => segment is "" or "." or ".." or ".git" or ".cache"))
        {
            Errors.Add($"\"path\" with value \"{path}\" is not valid");
        }

        return path;
    }

    private void ReadFile(string path, JsonObject value, HubServerOptions options)
    {
        if ((string?)value["encoding"] != "base64")
        {
            Errors.Add("\"encoding\" must be base64");
            return;
        }

        var content = HostedContent.Of(Convert.FromBase64String((string)value["content"]!));
        if (LargeFiles.IsLarge(path, content, options))
        {
            Errors.Add($"Your push was rejected because {path} is a large or binary file, which must be uploaded as an LFS object");
        }

        if (path == "README.md")
        {
            Errors.AddRange(CardCheck.Check(Encoding.UTF8.GetString(content.ToArray())).Errors);
        }

        _files.Add(new HostedFile(path, content, IsLfs: false));
    }

    private void ReadLargeFile(string path, JsonObject value, HostedModel model, HubServerOptions options)
    {
        var oid = (string?)value["oid"] ?? "";
        if ((string?)value["algo"] != "sha256" || model.Objects.Find(oid, (long)value["size"]!) is not { } stored || stored.Content.Sha256 != oid)
        {
            Errors.Add($"LFS pointer pointed to a file that does not exist: {path}");
        }
        else if (options.RequiresVerification && !stored.IsVerified)
        {
            Errors.Add($"LFS object of {path} was not verified");
        }
        else
        {
            _files.Add(new HostedFile(path, stored.Content, IsLfs: true));
        }
    }
}
