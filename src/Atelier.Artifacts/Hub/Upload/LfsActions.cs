using System.Globalization;
using System.Text.Json;
using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Says how one content is sent to storage.</summary>
internal sealed record LfsActions
{
    /// <summary>Gives the address that the whole content is put to, or that is told when all parts were; null when the content is stored already.</summary>
    /// <value>Default: null.</value>
    public Uri? Upload { get; init; }

    /// <summary>Gives the size of a part; 0 when the content goes in one piece.</summary>
    /// <value>Default: 0.</value>
    public long PartByteCount { get; init; }

    /// <summary>Gives the address of each part, the first part first.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<Uri> Parts { get; init; } = [];

    /// <summary>Gives the address that is told when the content is stored, or null.</summary>
    /// <value>Default: null.</value>
    public Uri? Verify { get; init; }

    /// <summary>Reads the hub's answer about one content.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="content">The content.</param>
    /// <param name="writer">Knows what addresses mean.</param>
    /// <param name="target">What it is about.</param>
    /// <returns>What to do.</returns>
    /// <exception cref="HubException">The answer is not one that a hub gives.</exception>
    public static LfsActions Read(JsonElement answer, LfsObject content, HubWriter writer, HubTarget target)
    {
        if (HubJson.Child(answer, "actions") is not { } actions)
        {
            return new LfsActions();
        }

        var verify = HubJson.Child(actions, "verify") is { } check ? writer.Given(HubJson.Text(check, "href") ?? "", target) : null;
        if (HubJson.Child(actions, "upload") is not { } upload)
        {
            return new LfsActions { Verify = verify };
        }

        var header = HubJson.Child(upload, "header") ?? default;
        var partByteCount = PartSize(header, writer, target);
        return new LfsActions
        {
            Upload = writer.Given(HubJson.Text(upload, "href") ?? "", target),
            PartByteCount = partByteCount,
            Parts = partByteCount == 0 ? [] : ReadParts(header, (content.ByteCount / partByteCount) + (content.ByteCount % partByteCount == 0 ? 0 : 1), writer, target),
            Verify = verify,
        };
    }

    // What the answer calls the kind of transfer does not count: a part's size means parts.
    private static long PartSize(JsonElement header, HubWriter writer, HubTarget target)
    {
        if (HubJson.Find(header, "chunk_size") is null)
        {
            return 0;
        }

        var size = HubJson.Number(header, "chunk_size") ?? (long.TryParse(HubJson.Text(header, "chunk_size"), NumberStyles.None, CultureInfo.InvariantCulture, out var written) ? written : 0);
        return size > 0 ? size : throw Unusable(writer, target, "parts without a size");
    }

    private static Uri[] ReadParts(JsonElement header, long expectedCount, HubWriter writer, HubTarget target)
    {
        var parts = new SortedDictionary<int, Uri>();
        foreach (var name in Names(header, writer, target).Where(name => name.Length > 0 && name.All(char.IsAsciiDigit)))
        {
            var isNumber = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            if (!isNumber || !parts.TryAdd(number, writer.Given(HubJson.Text(header, name) ?? "", target)))
            {
                throw Unusable(writer, target, $"a part '{HubText.Shown(name, writer.Settings.Token, 40)}' twice or without a number");
            }
        }

        return parts.Count > 0 && parts.Count == expectedCount && parts.Keys.First() == 1 && parts.Keys.Last() == expectedCount
            ? [.. parts.Values]
            : throw Unusable(writer, target, $"{parts.Count} parts where {expectedCount} are needed");
    }

    private static List<string> Names(JsonElement header, HubWriter writer, HubTarget target)
    {
        try
        {
            return [.. header.EnumerateObject().Select(JsonFile.Name)];
        }
        catch (JsonException)
        {
            throw Unusable(writer, target, "parts with a name that is not valid Unicode");
        }
    }

    private static HubException Unusable(HubWriter writer, HubTarget target, string what)
        => HubJson.NotHub(writer.Reader.Address(""), target, what);
}
