namespace Atelier.Artifacts.Hub.Cards;

/// <summary>A folder that is ready to be uploaded: model, card, and the pictures that the card shows.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Card">The card in it.</param>
/// <param name="Files">Every file of the folder but hidden ones and links, ordered by its path in the repository.</param>
/// <param name="Notes">What the person who uploads should know, one sentence each: what the card could not say.</param>
public sealed record ModelCardFolder(string Folder, ModelCard Card, IReadOnlyList<HubUploadFile> Files, IReadOnlyList<string> Notes)
{
    /// <summary>Says whether the card's text is somebody's own, and not the one that is written by itself.</summary>
    public bool HasOwnText { get; init; }

    // Unix and Windows both say of a link that it is a reparse point, and a name with a dot in front is hidden on Unix.
    private static readonly EnumerationOptions OwnFiles = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.ReparsePoint };

    /// <summary>Lists a folder's files.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Its files and those of its subfolders, without hidden ones and links, ordered by their paths in a repository.</returns>
    /// <exception cref="IOException">The folder can't be read.</exception>
    public static IReadOnlyList<HubUploadFile> List(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);

        return
        [
            .. Directory.EnumerateFiles(folder, "*", OwnFiles)
                .Select(path => new HubUploadFile(Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'), path))
                .Where(file => !file.RepositoryPath.Split('/').Any(part => part.StartsWith('.')))
                .OrderBy(file => file.RepositoryPath, StringComparer.Ordinal),
        ];
    }
}
