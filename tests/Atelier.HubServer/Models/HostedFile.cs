using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>A file of a commit.</summary>
/// <param name="Path">The path in the repository, as a listing says it; it is not checked, so that it may be hostile.</param>
/// <param name="Content">The bytes.</param>
/// <param name="IsLfs">Whether it is stored as an LFS object.</param>
public sealed record HostedFile(string Path, HostedContent Content, bool IsLfs)
{
    /// <summary>The content's id, which is the file's etag: SHA-256 for LFS, the git blob id else.</summary>
    public string Id => IsLfs ? Content.Sha256 : Content.BlobId;

    internal string PointerText => $"version https://git-lfs.github.com/spec/v1\noid sha256:{Content.Sha256}\nsize {Content.Length}\n";

    internal string GitId => IsLfs ? HostedContent.Of(PointerText).BlobId : Content.BlobId;

    internal string XetHash => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("xet " + Content.Sha256)));

    internal JsonObject TreeEntry()
    {
        var entry = new JsonObject { ["type"] = "file", ["oid"] = GitId, ["size"] = Content.Length, ["path"] = Path };
        if (IsLfs)
        {
            entry["lfs"] = new JsonObject { ["oid"] = Content.Sha256, ["size"] = Content.Length, ["pointerSize"] = PointerText.Length };
            entry["xetHash"] = XetHash;
        }

        return entry;
    }

    internal JsonObject Sibling(bool withBlobs)
    {
        var sibling = new JsonObject { ["rfilename"] = Path };
        if (withBlobs)
        {
            sibling["size"] = Content.Length;
            sibling["blobId"] = GitId;
            if (IsLfs)
            {
                sibling["lfs"] = new JsonObject { ["sha256"] = Content.Sha256, ["size"] = Content.Length, ["pointerSize"] = PointerText.Length };
            }
        }

        return sibling;
    }
}
