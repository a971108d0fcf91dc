using Atelier.Artifacts.Hub;

namespace Atelier.Training.Runs;

/// <summary>Says where a trained model goes on the hub.</summary>
public sealed record RunPublication
{
    /// <summary>Gets the repository; without a namespace it is in that of the token's owner.</summary>
    public required HubRepositoryId Repository { get; init; }

    /// <summary>Gets whether the repository must be private (true) or public (false).</summary>
    /// <value>Default null: as the hub or the organisation has it.</value>
    public bool? IsPrivate { get; init; }

    /// <summary>Gets the branch.</summary>
    /// <value>Default main.</value>
    public HubRevision Revision { get; init; } = HubRevision.Main;

    /// <summary>Gets whether it is offered as a pull request.</summary>
    /// <value>Default false.</value>
    public bool OpensPullRequest { get; init; }

    /// <summary>Gets the commit's first line.</summary>
    /// <value>Default: what is uploaded.</value>
    public string? Summary { get; init; }

    /// <summary>Gets whether the run's card takes the place of the one that the repository has; otherwise that one's fields are brought up to date, and its text stays unless it is as Atelier wrote it.</summary>
    /// <value>Default false.</value>
    public bool ReplacesCard { get; init; }

    /// <summary>Gets the licence's identifier.</summary>
    /// <value>Default null: the one that the repository's card has, even where that card is replaced; else the one on the card in the run's folder; else the base model's, where it is on the hub.</value>
    public string? License { get; init; }

    /// <summary>Gets what <c>atelier hub upload</c> is told for the same place, each word with a blank before it.</summary>
    internal string PlaceOptions => (OpensPullRequest ? " --create-pr" : "") + (Revision == HubRevision.Main ? "" : $" --revision {Revision}");
}
