namespace Atelier.Training.Rollouts;

/// <summary>Holds the prompt of one image.</summary>
/// <param name="Prompt">The text that the model is given.</param>
/// <param name="Metadata">Whatever the reward needs to know beside the text; null for nothing.</param>
/// <param name="NegativePrompt">This image's own negative prompt; null takes the configured one.</param>
public sealed record PromptSample(string Prompt, object? Metadata = null, string? NegativePrompt = null);
