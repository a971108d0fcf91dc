namespace Atelier.Training.Runs;

/// <summary>Says what a run's folder doesn't know about its model card.</summary>
public sealed record RunCardOptions
{
    /// <summary>Gets the repository's id on the hub, for title and code.</summary>
    /// <value>Default null: the repository that the run was last uploaded to; without one <see cref="RunCard.UnknownRepository"/> stands in its place.</value>
    public string? RepositoryId { get; init; }

    /// <summary>Gets the base model's id on the hub.</summary>
    /// <value>Default null: that of the model in the hub's cache that the run began with; for a folder or the embedded model the one that the card names already.</value>
    public string? BaseModel { get; init; }

    /// <summary>Gets the licence's identifier, normally the base model's.</summary>
    /// <value>Default null: the card says none, and a note says so.</value>
    public string? License { get; init; }

    /// <summary>Gets the licence's name, for the identifier <c>other</c>.</summary>
    /// <value>Default null.</value>
    public string? LicenseName { get; init; }

    /// <summary>Gets where that licence's text is: a URL, or <c>LICENSE</c> for a file of the repository.</summary>
    /// <value>Default null.</value>
    public string? LicenseLink { get; init; }

    /// <summary>Leaves a licence that the card has already as it is, with its name and link.</summary>
    /// <value>Default false: one that is given here takes its place.</value>
    public bool KeepsLicense { get; init; }

    /// <summary>Writes the card anew where there is one.</summary>
    /// <value>Default false: fields are brought up to date, other fields stay, and so does the text unless it is as Atelier wrote it.</value>
    public bool ReplacesCard { get; init; }
}
