namespace Atelier.Imaging;

/// <summary>A run of pictures under one heading, such as "before fine-tuning"; it takes as many rows as its cells need.</summary>
/// <param name="Cells">The pictures, from left to right and top to bottom. The same index stands in the same column of every band.</param>
/// <param name="Heading">Text above the pictures. Empty: none.</param>
public sealed record SheetBand(IReadOnlyList<SheetCell> Cells, string Heading = "");
