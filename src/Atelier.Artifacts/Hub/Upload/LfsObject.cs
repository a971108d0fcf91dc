namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Holds one content that is kept outside the repository; several paths may have it.</summary>
/// <param name="Id">Its SHA-256.</param>
/// <param name="Source">Where it is read.</param>
/// <param name="Paths">The paths.</param>
internal sealed record LfsObject(string Id, UploadSource Source, IReadOnlyList<string> Paths)
{
    /// <summary>Gives the size.</summary>
    public long ByteCount => Source.ByteCount;

    /// <summary>Finds the contents of an upload, each once.</summary>
    /// <param name="items">The hashed items.</param>
    /// <returns>The contents that the commit needs.</returns>
    public static IReadOnlyList<LfsObject> Of(IEnumerable<UploadItem> items)
        => [.. items.Where(item => item is { IsSent: true, IsLarge: true })
            .GroupBy(item => item.ContentId, StringComparer.Ordinal)
            .Select(group => new LfsObject(group.Key, group.First().Source, [.. group.Select(item => item.Path)]))];
}
