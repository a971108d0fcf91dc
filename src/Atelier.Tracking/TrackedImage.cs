namespace Atelier.Tracking;

/// <summary>Holds one encoded picture of a run.</summary>
/// <param name="Png">The picture as a PNG file's bytes, RGB.</param>
/// <param name="Width">Its width in pixels.</param>
/// <param name="Height">Its height in pixels.</param>
/// <param name="Caption">What to write beside it, such as its prompt and reward.</param>
public sealed record TrackedImage(byte[] Png, int Width, int Height, string Caption);
