using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Tensors;
using Atelier.Diffusion.Native;

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

        var (cached, asking) = Look(request, open);
        var early = cached is null ? null : LoadEarly(cached, asking, load);
        if (early is not null && IsAnswer(cached, asking))
        {
            return early;
        }

        early?.Dispose();
        return load(asking.GetAwaiter().GetResult());
    }

    // libtorch takes longer to load than a look into the cache, and on one core: so both are done at once.
    private static (ModelSource? Cached, Task<ModelSource> Asking) Look(ModelRequest request, Func<HubClient> open)
    {
        var looking = Task.Run(() =>
        {
            var hub = open();
            var cached = FindCached(request, hub.Settings);
            return (cached, Task.Run(() => ModelSource.FindAsync(request, () => hub)));
        });
        try
        {
            TorchRuntime.Load();
        }
        finally
        {
            Wait(looking);
        }

        return looking.GetAwaiter().GetResult();
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
        Wait(asking);
        return asking.IsCompletedSuccessfully && asking.Result == cached;
    }

    // Without its exception.
    private static void Wait(Task task) => ((IAsyncResult)task).AsyncWaitHandle.WaitOne();

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
        catch (Exception exception) when (exception is HubException or ArgumentException or TensorFileException or InvalidOperationException)
        {
            return null; // it is not cached whole, or damaged
        }
    }
}
