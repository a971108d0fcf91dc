namespace Atelier.Artifacts.Hub;

/// <summary>Says what goes to the hub, and where to. All of it becomes one commit, or nothing does.</summary>
public sealed record HubUploadRequest
{
    /// <summary>Gives the repository; without a namespace the one of the token's account is taken.</summary>
    public required HubRepositoryId Repository { get; init; }

    /// <summary>Gives single files to upload.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<HubUploadFile> Files { get; init; } = [];

    /// <summary>Gives a folder whose files are uploaded with the folders they are in. Left out are <c>.git</c>, <c>.cache/huggingface</c> and what the <c>.gitignore</c> at the repository's root names.</summary>
    /// <value>Default: null, no folder.</value>
    public string? Folder { get; init; }

    /// <summary>Gives the path in the repository under which the files of <see cref="Folder"/> are put.</summary>
    /// <value>Default: empty, the repository's root.</value>
    public string FolderPath { get; init; } = "";

    /// <summary>Gives the text of the card, which becomes <c>README.md</c>. A <c>README.md</c> among the files is a card too; there can't be both.</summary>
    /// <value>Default: null, no card beside those in the files.</value>
    public string? Card { get; init; }

    /// <summary>Gives the branch that gets the commit.</summary>
    /// <value>Default: <c>main</c>.</value>
    public HubRevision Revision { get; init; } = HubRevision.Main;

    /// <summary>Gives the full id of the commit that the upload was prepared on. When the branch's head is another by then, nothing is sent and the upload is refused as a conflict.</summary>
    /// <value>Default: null, the head when the upload begins.</value>
    public string? ParentCommit { get; init; }

    /// <summary>Says whether a repository that does not exist is created.</summary>
    /// <value>Default: false.</value>
    public bool CreatesRepository { get; init; }

    /// <summary>Says whether the repository must be private (true) or public (false); where true is asked, nothing goes to a repository that is public already.</summary>
    /// <value>Default: null, as the hub or the organisation has it.</value>
    public bool? IsPrivate { get; init; }

    /// <summary>Says whether the commit is offered as a pull request, which needs no right to write.</summary>
    /// <value>Default: false.</value>
    public bool OpensPullRequest { get; init; }

    /// <summary>Gives the commit's first line.</summary>
    /// <value>Default: <c>Upload with Atelier</c>.</value>
    public string Summary { get; init; } = "Upload with Atelier";

    /// <summary>Gives the commit's other lines.</summary>
    /// <value>Default: empty.</value>
    public string Description { get; init; } = "";
}
