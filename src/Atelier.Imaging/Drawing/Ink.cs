using SkiaSharp;

namespace Atelier.Imaging;

/// <summary>The colours that sheets and charts share.</summary>
internal static class Ink
{
    public static readonly SKColor Paper = SKColors.White;
    public static readonly SKColor Title = new(0x11, 0x18, 0x27);
    public static readonly SKColor Text = new(0x37, 0x41, 0x51);
    public static readonly SKColor Quiet = new(0x6B, 0x72, 0x80);
    public static readonly SKColor Axis = new(0x9C, 0xA3, 0xAF);
    public static readonly SKColor Grid = new(0xE9, 0xEC, 0xF0);
}
