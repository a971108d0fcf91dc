namespace Atelier.Imaging;

/// <summary>Says how a contact sheet is laid out.</summary>
public sealed record SheetOptions
{
    /// <summary>Gets the line at the top of the sheet.</summary>
    /// <value>Empty by default: no title.</value>
    public string Title { get; init; } = "";

    /// <summary>Gets the largest number of pictures side by side; longer bands go on in the next row.</summary>
    /// <value>At least 1; 10 by default.</value>
    public int MaximumColumnCount { get; init; } = 10;

    /// <summary>Gets the whole number by which all pictures are enlarged, each pixel becoming a square.</summary>
    /// <value>
    /// At least 1. <see langword="null"/> by default: the smallest that makes the widest picture at least 150 pixels wide;
    /// pictures longer than <see cref="MaximumPictureSide"/> are shrunk to it.
    /// </value>
    public int? Zoom { get; init; }

    /// <summary>Gets the longest side of a picture on the sheet, in pixels, when <see cref="Zoom"/> is not given.</summary>
    /// <value>At least 1; 320 by default.</value>
    public int MaximumPictureSide { get; init; } = 320;

    /// <summary>Gets the largest number of lines of a caption.</summary>
    /// <value>0 (no captions) or more; 3 by default.</value>
    public int MaximumCaptionLineCount { get; init; } = 3;

    /// <summary>Gets the blank border of the sheet, in pixels.</summary>
    /// <value>0 or more; 24 by default.</value>
    public int Margin { get; init; } = 24;

    /// <summary>Gets the space between pictures, in pixels.</summary>
    /// <value>0 or more; 14 by default.</value>
    public int Gap { get; init; } = 14;
}
