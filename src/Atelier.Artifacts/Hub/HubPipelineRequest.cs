namespace Atelier.Artifacts.Hub;

/// <summary>Says which files of a pipeline are wanted.</summary>
public sealed record HubPipelineRequest
{
    /// <summary>Gives the revision.</summary>
    /// <value>Default: <c>main</c>.</value>
    public HubRevision Revision { get; init; } = HubRevision.Main;

    /// <summary>Gives the variant of the weights, such as <c>fp16</c>, or null for the plain ones.</summary>
    /// <value>Default: null.</value>
    public string? Variant { get; init; }

    /// <summary>Gives components that are wanted beside tokenizers, text encoders, <c>unet</c>, <c>vae</c> and <c>scheduler</c>, such as <c>safety_checker</c>.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> OtherComponents { get; init; } = [];
}
