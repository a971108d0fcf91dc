using System.Text.Json.Nodes;
using Atelier.Artifacts.Hub;
using Atelier.Cli.Commands;

namespace Atelier.Cli.Reports;

/// <summary>Says what hashing the cache again found, and with which commands what is wrong is put right.</summary>
/// <param name="found">The repositories, with what was found in each.</param>
internal sealed class CacheCheckReport(IReadOnlyList<(HubCacheRepository Repository, HubCacheCheck Check)> found)
{
    private readonly List<HubCacheFault> _faults = [.. found.SelectMany(pair => pair.Check.Faults)];
    private readonly int _checkedCount = found.Sum(pair => pair.Check.CheckedCount);
    private readonly int _uncheckedCount = found.Sum(pair => pair.Check.UncheckedCount);

    /// <summary>Says whether nothing is wrong.</summary>
    public bool IsWhole => _faults.Count == 0;

    public void Write(CliEnvironment environment)
    {
        if (environment.IsJson)
        {
            environment.Output.WriteLine(ToJson().ToJsonString());
            return;
        }

        _faults.ForEach(fault => environment.Output.WriteLine($"{fault.Path}{Names(fault)}: {fault.Problem}"));
        var leftOut = _uncheckedCount == 0 ? "" : $", {_uncheckedCount} that can't be checked (no listing says what they should be)";
        var advice = IsWhole ? "" : " Put it right with:";
        environment.Output.WriteLine($"{Counted.Files(_checkedCount)} hashed, {_faults.Count} wrong{leftOut}.{advice}");
        foreach (var line in found.SelectMany(Repair).SelectMany(command => command.Lines(indent: 2)))
        {
            environment.Output.WriteLine(line);
        }
    }

    private static string Names(HubCacheFault fault) => fault.Files.Count == 0 ? ""
        : $" ({string.Join(", ", fault.Files.GroupBy(file => file.Path, file => HubCacheCommand.Shorten(file.Commit), StringComparer.Ordinal).Select(file => $"{file.Key} of {fault.Repository} at {string.Join(", ", file)}"))})";

    // A content that is wrong may belong to several commits, so all of them go and what had a name comes again.
    private static IEnumerable<ShellCommand> Repair((HubCacheRepository Repository, HubCacheCheck Check) item)
    {
        var (id, faults) = (item.Repository.Id.ToString(), item.Check.Faults);
        if (faults.Count == 0)
        {
            return [];
        }

        var damaged = faults.SelectMany(fault => fault.Files).Select(file => file.Commit).ToHashSet(StringComparer.Ordinal);
        if (damaged.Count == 0)
        {
            return [new ShellCommand("hub", "cache", id, "--delete", "--unused", "--yes")];
        }

        List<string> names = [.. item.Repository.Revisions.SelectMany(revision => revision.References)];
        return
        [
            new ShellCommand("hub", "cache", id, "--delete", "--yes"),
            .. (names.Count > 0 ? names : damaged.ToList()).Select(name => new ShellCommand(["hub", "download", id, .. name == "main" ? (string[])[] : ["--revision", name]])),
        ];
    }

    private JsonObject ToJson() => new()
    {
        ["checked"] = _checkedCount,
        ["unchecked"] = _uncheckedCount,
        ["faults"] = new JsonArray([.. _faults.Select(fault => new JsonObject
        {
            ["repository"] = fault.Repository.ToString(),
            ["path"] = fault.Path,
            ["problem"] = fault.Problem,
            ["files"] = new JsonArray([.. fault.Files.Select(file => new JsonObject { ["path"] = file.Path, ["commit"] = file.Commit })]),
        })]),
    };
}
