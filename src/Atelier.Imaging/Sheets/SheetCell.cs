namespace Atelier.Imaging;

/// <summary>One picture of a contact sheet with the words under it.</summary>
/// <param name="Image">The picture, [H, W, 3].</param>
/// <param name="Caption">Text under it, wrapped to the cell; a line of its own (such as the reward under a long prompt) is never crowded out. Empty: none.</param>
public sealed record SheetCell(RgbImage Image, string Caption = "");
