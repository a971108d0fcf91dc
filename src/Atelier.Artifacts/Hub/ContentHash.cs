using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Atelier.Artifacts.Hub;

/// <summary>Computes and recognises the ids that the hub gives to contents: Git's SHA-1 of small files, SHA-256 of large ones.</summary>
internal sealed class ContentHash : IDisposable
{
    /// <summary>The id of an empty file.</summary>
    public const string Empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

    private const int GitIdLength = 40;
    private const int Sha256Length = 64;

    private readonly IncrementalHash _hash;

    /// <summary>Begins a hash of the kind that an id has.</summary>
    /// <param name="contentId">The id that is expected.</param>
    /// <param name="byteCount">The size of the whole content, which Git's ids cover.</param>
    public ContentHash(string contentId, long byteCount)
    {
        if (IsSha256(contentId))
        {
            _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            return;
        }

        // Not for security: Git's ids are SHA-1, and the hub names small files by them.
        _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {byteCount}\0")));
    }

    /// <summary>Says whether a text is the id of a content.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it is one.</returns>
    public static bool IsId(string? text) => IsGitId(text) || IsSha256(text);

    /// <summary>Says whether a text is an id of Git.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it is one.</returns>
    public static bool IsGitId(string? text) => text is { Length: GitIdLength } && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Says whether a text is a SHA-256.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it is one.</returns>
    public static bool IsSha256(string? text) => text is { Length: Sha256Length } && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Takes more of the content.</summary>
    /// <param name="part">The next bytes.</param>
    public void Append(ReadOnlySpan<byte> part) => _hash.AppendData(part);

    /// <summary>Gives the id of what was taken, and begins again without Git's start.</summary>
    /// <returns>The id.</returns>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
