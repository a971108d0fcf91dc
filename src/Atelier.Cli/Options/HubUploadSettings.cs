using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Holds what <c>atelier hub upload</c> is told.</summary>
[SettingGroup("Upload")]
public sealed record HubUploadSettings
{
    /// <summary>Names the repository: NAMESPACE/NAME, or a name in the namespace of the token's owner. It is created where it does not exist.</summary>
    /// <value>Default "": it must be given.</value>
    [Positional("REPOSITORY")]
    public string Repository { get; init; } = "";

    /// <summary>Names what is uploaded: the folder of a run, whose model gets a card; or any other folder, or a file.</summary>
    /// <value>Default "": it must be given.</value>
    [Positional("PATH")]
    public string Path { get; init; } = "";

    /// <summary>Sets where a folder or file other than a run's goes in the repository.</summary>
    /// <value>Default "": a folder's files into the root, a file under its own name.</value>
    public string PathInRepository { get; init; } = "";

    /// <summary>Chooses the branch that gets the commit.</summary>
    /// <value>Default main, the branch that every repository has.</value>
    public string Revision { get; init; } = "main";

    /// <summary>Offers the commit as a pull request, which needs no right to write.</summary>
    /// <value>Default false.</value>
    public bool CreatePr { get; init; }

    /// <summary>Wants the repository private; one that exists and is public is then refused.</summary>
    /// <value>Default false: as the hub or the organisation has it.</value>
    public bool Private { get; init; }

    /// <summary>Sets the commit's first line.</summary>
    /// <value>Default "": what is uploaded.</value>
    public string Message { get; init; } = "";

    /// <summary>Sets the licence on a run's card, by its identifier on the hub.</summary>
    /// <value>Default "": the one that a card has already, in the repository or in the run's folder; else the base model's, where that is on the hub.</value>
    public string License { get; init; } = "";

    /// <summary>Puts a run's card in the place of the one that the repository has; otherwise that one's fields are brought up to date, and a text that a person changed stays.</summary>
    /// <value>Default false.</value>
    public bool ReplaceCard { get; init; }

    /// <summary>Finds everything that is wrong with the settings.</summary>
    /// <returns>One sentence for each complaint, with options as they are typed.</returns>
    public IEnumerable<string> Problems() => new Complaints()
        .RequireRepository(Repository)
        .Require(Path.Length > 0, "PATH must be given: a run's folder, another folder, or a file")
        .Require(Path.Length == 0 || System.IO.Path.Exists(Path), $"there is no file or folder {Path}")
        .Require(!CreatePr || Revision == "main", $"--create-pr and --revision {Revision} contradict each other: a pull request is made against main")
        .RequireLicense(License);
}
