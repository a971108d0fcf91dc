using Atelier.Artifacts.Hub.Download;

namespace Atelier.Artifacts.Hub.Cache;

/// <summary>Finds what keeps a cache from working, before something is fetched in vain.</summary>
internal static class CacheExamination
{
    // A LoRA takes tens of megabytes: with less than this, next to nothing can be fetched.
    private const long LeastRoom = 100_000_000;

    /// <summary>Looks at a cache. A file is written beside its repositories and deleted again.</summary>
    /// <param name="folder">The cache, which need not exist yet.</param>
    /// <param name="askRoom">Says how many bytes a folder has room for, or null where nobody says.</param>
    /// <returns>What was found.</returns>
    public static HubCacheCondition Run(string folder, Func<string, long?> askRoom)
    {
        var place = Nearest(folder);
        if (!Directory.Exists(place))
        {
            return new(IsUsable: false, $"{place} is no folder: delete it, or set HF_HUB_CACHE to a folder.");
        }

        try
        {
            var isFilled = place == folder && Directory.EnumerateDirectories(folder, "models--*").Any();
            return CacheFiles.ProbeWriting(Path.Join(place, $".atelier-{Guid.NewGuid():N}.tmp")) is { } failure ? Explain(failure, folder, place, isFilled) : Measure(folder, askRoom(place));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new(IsUsable: false, $"{folder} can't be read ({Reason(exception)}): check its rights, or set HF_HUB_CACHE to another folder.");
        }
    }

    private static HubCacheCondition Measure(string folder, long? room) => room < LeastRoom
        ? new(IsUsable: false, $"{folder} has room for {HubText.Bytes(room.Value)} only: make room, or set HF_HUB_CACHE to a folder on another disk.")
        : new(IsUsable: true, Problem: null);

    private static HubCacheCondition Explain(Exception failure, string folder, string place, bool isFilled)
    {
        if (DiskFaults.IsFull(failure))
        {
            return Measure(folder, room: 0);
        }

        if (isFilled)
        {
            return new(IsUsable: true, $"{folder} can't be written ({Reason(failure)}): what it holds can be used, and nothing more can be fetched.");
        }

        var what = place == folder ? $"{folder} is empty and can't be written" : $"{folder} can't be made in {place}";
        return new(IsUsable: false, $"{what} ({Reason(failure)}): check its rights, or set HF_HUB_CACHE to another folder.");
    }

    // The folder, or what there is of the way to it.
    private static string Nearest(string folder)
    {
        var place = folder;
        while (!Path.Exists(place) && Path.GetDirectoryName(place) is { } parent)
        {
            place = parent;
        }

        return place;
    }

    // The system's words without the path, which is that of a file that nobody knows.
    private static string Reason(Exception exception) => exception is UnauthorizedAccessException
        ? "no permission"
        : HubText.Shown(exception.Message.Split(" : '")[0], 200).TrimEnd('.');
}
