namespace Atelier.Rewards.Scenes;

/// <summary>Holds the colours and the patterns with which scenes are drawn.</summary>
/// <remarks>All patterns repeat every 8 pixels (the noise every 16) and start at the picture's corner, so that latents of an eighth of the size can hold them.</remarks>
internal static class ScenePaint
{
    private const int CellSize = 8;
    private const int NoiseSize = 16;

    private static readonly double[] Dots = MakeDots();
    private static readonly double[] Noise = MakeNoise();

    /// <summary>Gives the middle of a colour's range: red, green, blue in [0, 255].</summary>
    public static (double Red, double Green, double Blue) Rgb(SceneColour colour) => colour switch
    {
        SceneColour.Red => (214, 40, 40),
        SceneColour.Orange => (245, 140, 30),
        SceneColour.Yellow => (250, 220, 50),
        SceneColour.Green => (45, 160, 70),
        SceneColour.Blue => (40, 90, 210),
        SceneColour.Purple => (130, 55, 175),
        SceneColour.White => (242, 242, 242),
        SceneColour.Black => (26, 26, 28),
        _ => throw new ArgumentOutOfRangeException(nameof(colour), colour, "Not a colour."),
    };

    /// <summary>Gives the share of the second colour at a pixel of an object, in [0, 1].</summary>
    public static double Share(ScenePattern pattern, int x, int y) => pattern switch
    {
        ScenePattern.Striped => (x / 4) % 2,
        ScenePattern.Dotted => DotAt(x, y),
        ScenePattern.Checkered => ((x / 4) + (y / 4)) % 2,
        _ => 0,
    };

    /// <summary>Gives the share of the second colour at a pixel of a background, in [0, 1].</summary>
    public static double Share(SceneTexture texture, int x, int y) => texture switch
    {
        SceneTexture.Striped => (y / 4) % 2,
        SceneTexture.Dotted => DotAt(x, y),
        SceneTexture.Checkered => ((x / 8) + (y / 8)) % 2,
        _ => 0,
    };

    /// <summary>Gives the noise at a pixel, in [-1, 1], the same in every picture.</summary>
    public static double NoiseAt(int x, int y) => Noise[((y % NoiseSize) * NoiseSize) + (x % NoiseSize)];

    private static double DotAt(int x, int y) => Dots[((y % CellSize) * CellSize) + (x % CellSize)];

    // How much of each pixel of a cell is covered by a dot of radius 2.3 in its middle, from 8 by 8 points a pixel.
    private static double[] MakeDots()
    {
        const int Points = 8;
        var coverage = new double[CellSize * CellSize];
        for (var row = 0; row < CellSize * Points; row++)
        {
            for (var column = 0; column < CellSize * Points; column++)
            {
                var x = ((column + .5) / Points) - (CellSize / 2);
                var y = ((row + .5) / Points) - (CellSize / 2);
                if ((x * x) + (y * y) <= 2.3 * 2.3)
                {
                    coverage[((row / Points) * CellSize) + (column / Points)] += 1.0 / (Points * Points);
                }
            }
        }

        return coverage;
    }

    private static double[] MakeNoise()
    {
        var tile = new double[NoiseSize * NoiseSize];
        for (var index = 0; index < tile.Length; index++)
        {
            var value = Math.Sin(((index % NoiseSize) * 12.9898) + ((index / NoiseSize) * 78.233)) * 43758.5453;
            tile[index] = (2 * (value - Math.Floor(value))) - 1;
        }

        return tile;
    }
}
