using Atelier.Artifacts.Hub;
using Atelier.Training.Runs;
using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Holds what <c>atelier hub card</c> is told.</summary>
[SettingGroup("Card")]
public sealed record HubCardSettings
{
    /// <summary>Names the folder of a run.</summary>
    /// <value>Default "": it must be given.</value>
    [Positional("RUN")]
    public string Run { get; init; } = "";

    /// <summary>Names the repository that the model will be in, for the card's title and code.</summary>
    /// <value>Default "": the one that the run was last uploaded to; without one a placeholder stands in its place.</value>
    public string Repository { get; init; } = "";

    /// <summary>Names the base model's repository.</summary>
    /// <value>Default "": the one that the run's model was downloaded from, else the one that the card names already.</value>
    public string BaseModel { get; init; } = "";

    /// <summary>Sets the licence, by its identifier on the hub: normally the base model's.</summary>
    /// <value>Default "": the one that the card has already; the hub is not asked.</value>
    public string License { get; init; } = "";

    /// <summary>Writes the card anew where there is one; otherwise its fields are brought up to date, and a text that a person changed stays.</summary>
    /// <value>Default false.</value>
    public bool Replace { get; init; }

    /// <summary>Finds everything that is wrong with the settings.</summary>
    /// <returns>One sentence for each complaint, with options as they are typed.</returns>
    public IEnumerable<string> Problems() => new Complaints()
        .Require(Run.Length > 0, "RUN must be given: the folder of a run")
        .Require(Run.Length == 0 || new RunFolder(Run).IsRun, $"{Run} is no run: it has no config.json")
        .Require(Repository.Length == 0 || HubRepositoryId.TryParse(Repository, out _), $"--repository: \"{Repository}\" is no repository's id (NAMESPACE/NAME)")
        .Require(BaseModel.Length == 0 || HubRepositoryId.TryParse(BaseModel, out _), $"--base-model: \"{BaseModel}\" is no repository's id (NAMESPACE/NAME)")
        .RequireLicense(License);
}
