using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Tensors;

namespace Atelier.Training.Runs;

/// <summary>Loads what the cache has of a model on the hub while the hub is asked whether that is still what the name means.</summary>
internal static class CachedLoading
{
    /// <summary>Finds a model and loads it.</summary>
    /// <typeparam name="T">What is loaded.</typeparam>
    /// <param name="request">The names.</param>
    /// <param name="open">Opens the connection to the hub where a name asks for it. Borrowed.</param>
    /// <param name="load">Loads what was found, on the caller's thread. Called again where the hub says that the name means something else by now; the first result is disposed before that.</param>
    /// <returns>What was loaded; the hub's answer was waited for.</returns>
    /// <exception cref="ArgumentException">A name leads nowhere; the message says what to do.</exception>
    /// <exception cref="HubException">A repository is not there, or can't be fetched and is not cached.</exception>
    public static T Load<T>(ModelRequest request, Func<HubClient> open, Func<ModelSource, T> load)
        where T : class, IDisposable
    {
        if (!ModelSource.CanMove(request))
        {
            return load(ModelSource.FindAsync(request, open).GetAwaiter().GetResult());
        }

        var hub = open();
        var cached = FindCached(request, hub.Settings);
        var asking = Task.Run(() => ModelSource.FindAsync(request, () => hub));
        var early = cached is null ? null : LoadEarly(cached, asking, load);
        if (early is not null && IsAnswer(cached, asking))
        {
            return early;
        }

        early?.Dispose();
        return load(asking.GetAwaiter().GetResult());
    }

    // What is wrong with files that the name no longer means is nobody's concern.
    private static T? LoadEarly<T>(ModelSource cached, Task<ModelSource> asking, Func<ModelSource, T> load)
        where T : class, IDisposable
    {
        try
        {
            return load(cached);
        }
        catch (Exception) when (!IsAnswer(cached, asking))
        {
            return null;
        }
    }

    private static bool IsAnswer(ModelSource? cached, Task<ModelSource> asking)
    {
        ((IAsyncResult)asking).AsyncWaitHandle.WaitOne();
        return asking.IsCompletedSuccessfully && asking.Result == cached;
    }

    private static ModelSource? FindCached(ModelRequest request, HubSettings settings)
    {
        if (settings.IsOffline)
        {
            return null; // the only answer there is comes at once
        }

        using var cache = new HubClient(settings with { OfflineReason = "what is cached" });
        try
        {
            return ModelSource.FindAsync(request, () => cache).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (exception is HubException or ArgumentException or TensorFileException)
        {
            return null; // it is not cached whole
        }
    }
}
