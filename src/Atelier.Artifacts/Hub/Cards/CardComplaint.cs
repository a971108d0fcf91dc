namespace Atelier.Artifacts.Hub.Cards;

/// <summary>Something wrong with a front matter.</summary>
/// <param name="Position">The offset in the YAML text where it is.</param>
/// <param name="Message">A sentence without its full stop.</param>
internal sealed record CardComplaint(int Position, string Message);
