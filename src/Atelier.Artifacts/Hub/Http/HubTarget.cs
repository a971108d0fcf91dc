namespace Atelier.Artifacts.Hub.Http;

/// <summary>Says what a request is about, for messages.</summary>
/// <param name="Repository">The repository, or null.</param>
/// <param name="Revision">The revision, or null.</param>
/// <param name="Path">The file, or null.</param>
internal sealed record HubTarget(HubRepositoryId? Repository = null, HubRevision? Revision = null, string? Path = null)
{
    /// <summary>Describes it.</summary>
    /// <returns>Such as <c>'unet/config.json' of ns/name at revision 'main'</c>.</returns>
    public override string ToString()
    {
        var file = Path is null ? "" : $"'{HubText.Shown(Path, 200)}' of ";
        var revision = Revision is null ? "" : $" at revision '{HubText.Shown(Revision.Text, 100)}'";
        return Repository is null ? "the request" : $"{file}{Repository}{revision}";
    }
}
