using System.Buffers;
using System.Text.Json;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub.Cache;

/// <summary>Keeps a commit's complete listing beside the snapshot, in the form that Python writes too.</summary>
internal static class CachedTree
{
    private const int FormatVersion = 1;
    private const int MaximumByteCount = 256_000_000;

    /// <summary>Reads the listing.</summary>
    /// <param name="folder">The repository's folder.</param>
    /// <param name="commit">The commit.</param>
    /// <returns>The files, or null when there is no listing that can be used.</returns>
    public static IReadOnlyList<HubEntry>? Read(RepositoryFolder folder, string commit)
    {
        try
        {
            var path = folder.Tree(commit);
            if (!File.Exists(path))
            {
                return null;
            }

            using var document = JsonFile.Read(path, MaximumByteCount);
            if (HubJson.Number(document.RootElement, "format_version") != FormatVersion || HubJson.Child(document.RootElement, "files") is not { } files)
            {
                return null;
            }

            var entries = files.EnumerateObject().Select(Entry).ToList();
            HubPaths.CheckAll(entries.Select(entry => entry.Path));
            return entries;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or HubException)
        {
            return null;
        }
    }

    /// <summary>Writes the listing.</summary>
    /// <param name="folder">The repository's folder.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="entries">All entries of the commit.</param>
    public static void Write(RepositoryFolder folder, string commit, IEnumerable<HubEntry> entries)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("format_version"u8, FormatVersion);
            json.WriteStartObject("files"u8);
            foreach (var entry in entries.Where(entry => !entry.IsFolder))
            {
                Write(json, entry);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        CacheFiles.TryWrite(() => folder.Replace(folder.Tree(commit), buffer.WrittenSpan));
    }

    private static void Write(Utf8JsonWriter json, HubEntry entry)
    {
        json.WriteStartObject(entry.Path);
        json.WriteNumber("size"u8, entry.ByteCount);
        json.WriteString("blob_id"u8, entry.BlobId);
        if (entry.LfsSha256 is not null)
        {
            json.WriteString("lfs_sha256"u8, entry.LfsSha256);
            json.WriteNumber("lfs_size"u8, entry.ByteCount);
        }

        if (entry.XetHash is not null)
        {
            json.WriteString("xet_hash"u8, entry.XetHash);
        }

        json.WriteEndObject();
    }

    private static HubEntry Entry(JsonProperty property)
    {
        var file = property.Value;
        var sha = HubJson.Text(file, "lfs_sha256");
        var size = (sha is null ? null : HubJson.Number(file, "lfs_size")) ?? HubJson.Number(file, "size") ?? throw new JsonException("A file has no size.");
        var entry = new HubEntry(JsonFile.Name(property), IsFolder: false, size, HubJson.Text(file, "blob_id") ?? "") { LfsSha256 = sha, XetHash = HubJson.Text(file, "xet_hash") };
        return ContentHash.IsId(entry.ContentId) ? entry : throw new JsonException("A file has no hash.");
    }
}
