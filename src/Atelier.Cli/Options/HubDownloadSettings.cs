using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Holds what <c>atelier hub download</c> is told.</summary>
[SettingGroup("Download")]
public sealed record HubDownloadSettings
{
    /// <summary>Names the repository.</summary>
    /// <value>Default "": it must be given, as NAMESPACE/NAME.</value>
    [Positional("REPOSITORY")]
    public string Repository { get; init; } = "";

    /// <summary>Names files of the repository.</summary>
    /// <value>Default none: what a pipeline is loaded from, else the LoRA.</value>
    [Positional("FILE")]
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Chooses a branch, tag or commit.</summary>
    /// <value>Default main, the branch that every repository has.</value>
    public string Revision { get; init; } = "main";

    /// <summary>Chooses among the weight files of a pipeline: <c>fp16</c> takes the half-precision ones where there are any.</summary>
    /// <value>Default "": the files without a variant in their name.</value>
    public string Variant { get; init; } = "";

    /// <summary>Finds everything that is wrong with the settings.</summary>
    /// <returns>One sentence for each complaint, with options as they are typed.</returns>
    public IEnumerable<string> Problems() => new Complaints()
        .RequireRepository(Repository)
        .Require(Files.Count == 0 || Variant.Length == 0, "--variant chooses the files of a pipeline: it means nothing where files are named");
}
