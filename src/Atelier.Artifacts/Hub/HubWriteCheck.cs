namespace Atelier.Artifacts.Hub;

/// <summary>Says what an upload will ask for, so that it can be checked long before there is anything to upload.</summary>
public sealed record HubWriteCheck
{
    /// <summary>Gives the branch that will get the commit.</summary>
    /// <value>Default: <c>main</c>.</value>
    public HubRevision Revision { get; init; } = HubRevision.Main;

    /// <summary>Says whether a repository that does not exist will be created.</summary>
    /// <value>Default: true.</value>
    public bool CreatesRepository { get; init; } = true;

    /// <summary>Says whether the repository must be private (true) or public (false).</summary>
    /// <value>Default: null, as the hub or the organisation has it.</value>
    public bool? IsPrivate { get; init; }

    /// <summary>Says whether the upload will be offered as a pull request.</summary>
    /// <value>Default: false.</value>
    public bool OpensPullRequest { get; init; }
}
