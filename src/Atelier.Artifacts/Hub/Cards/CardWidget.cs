namespace Atelier.Artifacts.Hub.Cards;

/// <summary>An example that a model's page shows: a prompt and the picture it gave.</summary>
/// <param name="Text">The prompt. The first example's is also the one in the page's code snippet.</param>
/// <param name="ImageUrl">The picture: its path in the repository, with slashes, or a URL.</param>
public sealed record CardWidget(string Text, string ImageUrl);
