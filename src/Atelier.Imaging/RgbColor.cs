using System.Runtime.InteropServices;

namespace Atelier.Imaging;

/// <summary>Names an opaque colour by its 8-bit sRGB samples.</summary>
/// <param name="Red">Red, 0 to 255.</param>
/// <param name="Green">Green, 0 to 255.</param>
/// <param name="Blue">Blue, 0 to 255.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RgbColor(byte Red, byte Green, byte Blue);
