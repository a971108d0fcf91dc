using System.Globalization;
using System.Text.Json.Nodes;
using Atelier.Artifacts.Hub;
using Atelier.Cli.Options;
using Atelier.Cli.Reports;

namespace Atelier.Cli.Commands;

/// <summary>Looks after the cache of the hub's files: <c>atelier hub cache</c>.</summary>
public static class HubCacheCommand
{
    private const int ShownCommitLength = 12;

    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB"];

    /// <summary>Runs the command.</summary>
    /// <param name="settings">What was asked, checked.</param>
    /// <param name="environment">Where to print, and how.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C.</param>
    /// <returns>The exit code: 1 where a file is not what it should be.</returns>
    /// <exception cref="RequestException">A name is in the cache nowhere.</exception>
    /// <exception cref="HubException">The cache can't be read or written.</exception>
    public static Task<int> RunAsync(HubCacheSettings settings, CliEnvironment environment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(environment);

        var folder = HubConnection.Settings(environment).CacheFolder;
        HubCache cache = new(folder);
        var repositories = cache.List().Where(repository => settings.What.Count == 0 || settings.What.Contains(repository.Id.ToString(), StringComparer.Ordinal) || repository.Revisions.Any(settings.Names)).ToList();
        var unknown = settings.What.Where(name => !repositories.Exists(repository => repository.Id.ToString() == name) && !repositories.SelectMany(repository => repository.Revisions).Any(revision => HubCacheSettings.IsOf(name, revision))).ToList();
        if (unknown.Count > 0)
        {
            throw new RequestException([.. unknown.Select(name => $"{name} is not in the cache {folder}")]);
        }

        return Task.FromResult(
            settings.Verify ? Verify(cache, repositories, environment, cancellationToken)
            : settings.Delete ? Delete(cache, settings, environment)
            : List(folder, repositories, environment));
    }

    private static int List(string folder, List<HubCacheRepository> repositories, CliEnvironment environment)
    {
        if (environment.IsJson)
        {
            JsonArray all = [.. repositories.Select(Describe)];
            environment.Output.WriteLine(new JsonObject { ["folder"] = folder, ["repositories"] = all }.ToJsonString());
            return ExitCode.Done;
        }

        foreach (var repository in repositories)
        {
            var unused = repository.UnusedByteCount > 0 ? $", {Size(repository.UnusedByteCount)} of it unused" : "";
            environment.Output.WriteLine($"{repository.Id}  {Size(repository.ByteCount)}{unused}");
            foreach (var revision in repository.Revisions)
            {
                var names = revision.References.Count > 0 ? $"  {string.Join(", ", revision.References)}" : "";
                environment.Output.WriteLine($"  {Shorten(revision.Commit)}  {Counted.Files(revision.FileCount)}, {Size(revision.ByteCount)}, {revision.LastModified.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}{names}");
            }
        }

        environment.Output.WriteLine($"{folder}: {Counted.Repositories(repositories.Count)}, {Size(repositories.Sum(repository => repository.ByteCount))}");
        if (repositories.Exists(repository => repository.UnusedByteCount > 0))
        {
            environment.Output.WriteLine("unused is what belongs to no commit, such as downloads that broke off: --delete --unused frees it");
        }

        return ExitCode.Done;
    }

    private static int Verify(HubCache cache, List<HubCacheRepository> repositories, CliEnvironment environment, CancellationToken cancellationToken)
    {
        CacheCheckReport report = new([.. repositories.Select(repository => (repository, cache.Verify(
            repository.Id,
            path =>
            {
                if (!environment.IsQuiet && !environment.IsJson)
                {
                    environment.Error.WriteLine(path);
                }
            },
            cancellationToken)))]);
        report.Write(environment);
        return report.IsWhole ? ExitCode.Done : ExitCode.Failed;
    }

    private static int Delete(HubCache cache, HubCacheSettings settings, CliEnvironment environment)
    {
        var plan = cache.PlanDeletion(revision => !settings.Unused && settings.Names(revision), settings.Frees);
        if (!environment.IsJson)
        {
            foreach (var revision in plan.Revisions)
            {
                environment.Output.WriteLine($"{revision.Repository} {Shorten(revision.Commit)}");
            }

            plan.Unused.ToList().ForEach(environment.Output.WriteLine);
            plan.Busy.ToList().ForEach(path => environment.Output.WriteLine($"{path} stays: it is being written now"));
        }

        var freed = settings.Yes ? plan.Execute() : plan.FreedByteCount;
        environment.Output.WriteLine(environment.IsJson
            ? new JsonObject
            {
                ["deleted"] = settings.Yes,
                ["freed_bytes"] = freed,
                ["commits"] = new JsonArray([.. plan.Revisions.Select(revision => JsonValue.Create(revision.Commit))]),
                ["unused"] = new JsonArray([.. plan.Unused.Select(path => JsonValue.Create(path))]),
                ["busy"] = new JsonArray([.. plan.Busy.Select(path => JsonValue.Create(path))]),
            }.ToJsonString()
            : settings.Yes ? $"{Size(freed)} are free again" : $"this would free {Size(freed)}; add --yes to delete");
        return ExitCode.Done;
    }

    private static JsonObject Describe(HubCacheRepository repository) => new()
    {
        ["id"] = repository.Id.ToString(),
        ["folder"] = repository.Folder,
        ["bytes"] = repository.ByteCount,
        ["unused_bytes"] = repository.UnusedByteCount,
        ["revisions"] = new JsonArray([.. repository.Revisions.Select(revision => new JsonObject
        {
            ["commit"] = revision.Commit,
            ["references"] = new JsonArray([.. revision.References.Select(name => JsonValue.Create(name))]),
            ["files"] = revision.FileCount,
            ["bytes"] = revision.ByteCount,
            ["modified"] = revision.LastModified,
        })]),
    };

    /// <summary>Shortens a commit's id to what a person can tell it by.</summary>
    internal static string Shorten(string commit) => commit[..ShownCommitLength];

    private static string Size(long byteCount)
    {
        var (size, unit) = ((double)byteCount, 0);
        for (; size >= 1000 && unit < Units.Length - 1; unit++)
        {
            size /= 1000;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 || size >= 100 ? size.ToString("0", CultureInfo.InvariantCulture) : size.ToString("0.0", CultureInfo.InvariantCulture))} {Units[unit]}");
    }
}
