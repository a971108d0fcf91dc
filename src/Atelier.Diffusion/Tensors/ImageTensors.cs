using Atelier.Imaging;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Tensors;

/// <summary>Rounds images to 8 bits a channel, as an image file holds them.</summary>
public static class ImageTensors
{
    /// <summary>Copies images out of a tensor.</summary>
    /// <param name="images">Pictures in [0, 1], [B, 3, H, W]; what lies outside is clamped.</param>
    /// <returns>B images of round(255 x), halves to even.</returns>
    /// <exception cref="ArgumentException"><paramref name="images"/> has another shape.</exception>
    public static RgbImage[] ToRgbImages(Tensor images)
    {
        Shapes.Require(images, [Shapes.Any, 3, Shapes.Any, Shapes.Any]);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();

        var (height, width) = ((int)images.shape[2], (int)images.shape[3]);
        var bytes = images.to(float32).Times(255).round().Clamped(0, 255).to(uint8).permute(0, 2, 3, 1).contiguous().cpu().data<byte>().ToArray(); // [B, H, W, 3]
        return [.. bytes.Chunk(height * width * 3).Select(pixels => new RgbImage(width, height, pixels))];
    }
}
