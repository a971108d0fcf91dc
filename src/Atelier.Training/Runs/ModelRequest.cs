namespace Atelier.Training.Runs;

/// <summary>Names a model, and perhaps a LoRA, as a person does.</summary>
public sealed record ModelRequest
{
    /// <summary>
    /// Gets the model: <see cref="ModelLocator.EmbeddedName"/>, a folder in diffusers' layout, a run's folder whose model was trained as a whole, or a repository of the hub.
    /// A folder or a repository that holds only a LoRA stands for the LoRA and its base model.
    /// </summary>
    /// <value>Default "": the model that the LoRA was made for, else the embedded one.</value>
    public string Model { get; init; } = "";

    /// <summary>Gets the LoRA: a file, a folder that holds one, a run's folder, or a repository of the hub.</summary>
    /// <value>Default "": none.</value>
    public string Lora { get; init; } = "";

    /// <summary>Gets the branch, tag or commit of <see cref="Lora"/> on the hub.</summary>
    /// <value>Default main.</value>
    public string LoraRevision { get; init; } = "main";

    /// <summary>Gets the branch, tag or commit of <see cref="Model"/> on the hub.</summary>
    /// <value>Default main.</value>
    public string Revision { get; init; } = "main";

    /// <summary>Gets the weight files' variant, such as <c>fp16</c>.</summary>
    /// <value>Default "": the plain ones.</value>
    public string Variant { get; init; } = "";
}
