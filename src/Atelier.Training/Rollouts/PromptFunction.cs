namespace Atelier.Training.Rollouts;

/// <summary>Chooses the prompt of an image.</summary>
/// <param name="request">Which image.</param>
/// <returns>The prompt and its metadata. Equal requests must get equal prompts, or a resumed run differs from an uninterrupted one.</returns>
/// <remarks>Differs from TRL's <c>prompt_function</c>, which takes nothing and draws from global state.</remarks>
public delegate PromptSample PromptFunction(PromptRequest request);
