namespace Atelier.Artifacts.Hub;

/// <summary>Describes a model repository at one revision.</summary>
public sealed record HubModel
{
    /// <summary>Gives the id; after a renaming it is the present one.</summary>
    public required string Id { get; init; }

    /// <summary>Gives the commit that the revision means now.</summary>
    public required string Commit { get; init; }

    /// <summary>Says whether only its owners see it.</summary>
    /// <value>Default: false.</value>
    public bool IsPrivate { get; init; }

    /// <summary>Gives what stands before its files.</summary>
    /// <value>Default: nothing.</value>
    public HubGate Gate { get; init; }

    /// <summary>Says whether the hub has taken it down.</summary>
    /// <value>Default: false.</value>
    public bool IsDisabled { get; init; }

    /// <summary>Gives the library that its card names, such as <c>diffusers</c>, or null.</summary>
    /// <value>Default: null.</value>
    public string? LibraryName { get; init; }

    /// <summary>Gives its task, such as <c>text-to-image</c>, or null.</summary>
    /// <value>Default: null.</value>
    public string? PipelineTag { get; init; }

    /// <summary>Gives its tags.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Gives the licence that its card names, such as <c>creativeml-openrail-m</c>, or null.</summary>
    /// <value>Default: null.</value>
    public string? License { get; init; }

    /// <summary>Gives the name of a licence that is <c>other</c>, or null.</summary>
    /// <value>Default: null.</value>
    public string? LicenseName { get; init; }

    /// <summary>Gives where the text of a licence that is <c>other</c> is, or null.</summary>
    /// <value>Default: null.</value>
    public string? LicenseLink { get; init; }

    /// <summary>Gives the models that its card says it comes from.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> BaseModels { get; init; } = [];
}
