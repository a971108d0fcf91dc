namespace Atelier.Training.Runs;

/// <summary>One picture that is to be drawn outside of training.</summary>
/// <param name="Prompt">Its prompt.</param>
/// <param name="NegativePrompt">What guidance leads away from.</param>
/// <param name="Seed">Its seed.</param>
internal sealed record ProbeItem(string Prompt, string NegativePrompt, long Seed);
