using System.Runtime.InteropServices;

namespace Atelier.Rewards.Scenes;

/// <summary>Draws scenes as pictures of 64 by 64 pixels.</summary>
/// <remarks>
/// The object is turned by up to 12°, its outline supersampled three by three; each channel of its colour and of the background's is off by up to 12 of 255.
/// The second colour of a pattern is lighter than a dark first one and darker than a light one.
/// </remarks>
public static class SceneRenderer
{
    /// <summary>The width and height of a picture in pixels.</summary>
    public const int Side = 64;

    /// <summary>The size of a picture in bytes: three a pixel.</summary>
    public const int ByteCount = Side * Side * 3;

    private const int SampleCount = 3;

    /// <summary>Draws a scene into a new picture.</summary>
    /// <param name="scene">What to show.</param>
    /// <param name="random">Decides what the scene leaves open; it advances.</param>
    /// <returns>The pixels row by row, red, green and blue of each: [64, 64, 3].</returns>
    public static byte[] Draw(Scene scene, SceneRandom random)
    {
        var pixels = new byte[ByteCount];
        Draw(scene, random, pixels);
        return pixels;
    }

    /// <summary>Draws a scene into memory of the caller.</summary>
    /// <param name="scene">What to show.</param>
    /// <param name="random">Decides what the scene leaves open; it advances.</param>
    /// <param name="pixels">Receives the pixels row by row, red, green and blue of each: [64, 64, 3].</param>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> has not exactly <see cref="ByteCount"/> bytes.</exception>
    public static void Draw(Scene scene, SceneRandom random, Span<byte> pixels)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(random);
        if (pixels.Length != ByteCount)
        {
            throw new ArgumentException($"A picture has {ByteCount} bytes, got room for {pixels.Length}.", nameof(pixels));
        }

        var first = Ink.Mix(scene.Colour, random);
        var ground = Ink.Mix(scene.BackgroundColour, random);
        var second = first.Second(.65);
        var groundSecond = ground.Second(.38);
        var noise = scene.Texture == SceneTexture.Noisy ? random.NextUniform(35, 65) : 0;
        var placement = Placement.Choose(scene, random);

        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var behind = ground.Towards(groundSecond, ScenePaint.Share(scene.Texture, x, y)).Plus(noise == 0 ? 0 : noise * ScenePaint.NoiseAt(x, y));
                var coverage = placement.Coverage(scene.Shape, x, y);
                var colour = coverage == 0 ? behind : behind.Towards(first.Towards(second, ScenePaint.Share(scene.Pattern, x, y)), coverage);
                colour.Write(pixels.Slice(((y * Side) + x) * 3, 3));
            }
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Ink(double Red, double Green, double Blue)
    {
        public static Ink Mix(SceneColour colour, SceneRandom random)
        {
            var (red, green, blue) = ScenePaint.Rgb(colour);
            return new Ink(Vary(red, random), Vary(green, random), Vary(blue, random));
        }

        public Ink Second(double amount) =>
            (.299 * Red) + (.587 * Green) + (.114 * Blue) < 140
                ? Towards(new Ink(255, 255, 255), amount)
                : Towards(default, .8 * amount);

        public Ink Towards(Ink other, double share) =>
            new(Red + ((other.Red - Red) * share), Green + ((other.Green - Green) * share), Blue + ((other.Blue - Blue) * share));

        public Ink Plus(double amount) => new(Red + amount, Green + amount, Blue + amount);

        public void Write(Span<byte> pixel)
        {
            pixel[0] = Quantise(Red);
            pixel[1] = Quantise(Green);
            pixel[2] = Quantise(Blue);
        }

        private static double Vary(double channel, SceneRandom random) => Math.Clamp(channel + random.NextUniform(-12, 12), 0, 255);

        private static byte Quantise(double channel) => (byte)Math.Clamp(Math.Round(channel), 0, 255);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Placement(double X, double Y, double Radius, double Sin, double Cos)
    {
        public static Placement Choose(Scene scene, SceneRandom random)
        {
            var radius = scene.Size switch
            {
                SceneSize.Small => random.NextUniform(11, 14),
                SceneSize.Medium => random.NextUniform(16, 20),
                _ => random.NextUniform(22, 26),
            };
            var x = Middle(scene.Place == ScenePlace.Left, scene.Place == ScenePlace.Right, radius, random);
            var y = Middle(scene.Place == ScenePlace.Top, scene.Place == ScenePlace.Bottom, radius, random);
            var (sin, cos) = Math.SinCos(double.DegreesToRadians(random.NextUniform(-12, 12)));
            return new Placement(x, y, radius, sin, cos);
        }

        /// <summary>Gives the share of a pixel that lies in the shape, in [0, 1].</summary>
        public double Coverage(SceneShape shape, int column, int row)
        {
            if (Math.Max(Math.Abs(column + .5 - X), Math.Abs(row + .5 - Y)) > (SceneOutline.Reach * Radius) + 1)
            {
                return 0;
            }

            var count = 0;
            for (var sample = 0; sample < SampleCount * SampleCount; sample++)
            {
                var x = (column + (((sample % SampleCount) + .5) / SampleCount) - X) / Radius;
                var y = (row + (((sample / SampleCount) + .5) / SampleCount) - Y) / Radius;
                count += SceneOutline.Contains(shape, (x * Cos) + (y * Sin), (y * Cos) - (x * Sin)) ? 1 : 0;
            }

            return count / (double)(SampleCount * SampleCount);
        }

        // At most 3 pixels of the radius lie outside the picture.
        private static double Middle(bool isLow, bool isHigh, double radius, SceneRandom random)
        {
            var middle = isLow ? random.NextUniform(17, 21) : isHigh ? random.NextUniform(43, 47) : random.NextUniform(30, 34);
            return Math.Clamp(middle, radius - 3, Side - radius + 3);
        }
    }
}
