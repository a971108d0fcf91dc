using Atelier.Rewards.Scenes;
using Xunit;

namespace Atelier.Tests.Rewards.Scenes;

public class SceneRendererTests
{
    private const int Side = SceneRenderer.Side;

    private static readonly Dictionary<SceneColour, int[]> Rgb = new()
    {
        [SceneColour.Red] = [214, 40, 40],
        [SceneColour.Orange] = [245, 140, 30],
        [SceneColour.Yellow] = [250, 220, 50],
        [SceneColour.Green] = [45, 160, 70],
        [SceneColour.Blue] = [40, 90, 210],
        [SceneColour.Purple] = [130, 55, 175],
        [SceneColour.White] = [242, 242, 242],
        [SceneColour.Black] = [26, 26, 28],
    };

    [Fact]
    public void A_seed_decides_every_pixel()
    {
        var scene = SceneSampler.Sample(new SceneRandom(1));
        Assert.Equal(SceneRenderer.Draw(scene, new SceneRandom(2)), SceneRenderer.Draw(scene, new SceneRandom(2)));
        Assert.NotEqual(SceneRenderer.Draw(scene, new SceneRandom(2)), SceneRenderer.Draw(scene, new SceneRandom(3)));
    }

    [Fact]
    public void Solid_objects_have_their_colour_in_their_middle_and_backgrounds_in_the_corners()
    {
        var random = new SceneRandom(4);
        for (var index = 0; index < 500; index++)
        {
            var drawn = SceneSampler.Sample(random, SceneSubset.All);
            var scene = drawn with { Place = ScenePlace.Centre, Pattern = ScenePattern.Solid, Texture = SceneTexture.Plain };
            var pixels = SceneRenderer.Draw(scene, random);
            AssertNear(scene.Shape == SceneShape.Ring ? scene.BackgroundColour : scene.Colour, pixels, 32, 32);
            foreach (var (x, y) in ((int, int)[])[(0, 0), (63, 0), (0, 63), (63, 63)])
            {
                AssertNear(scene.BackgroundColour, pixels, x, y);
            }
        }
    }

    [Theory]
    [InlineData(ScenePlace.Left, 19, 32)]
    [InlineData(ScenePlace.Right, 45, 32)]
    [InlineData(ScenePlace.Top, 32, 19)]
    [InlineData(ScenePlace.Bottom, 32, 45)]
    public void Small_objects_lie_where_the_scene_says(ScenePlace place, int x, int y)
    {
        var scene = new Scene { Shape = SceneShape.Circle, Colour = SceneColour.Red, BackgroundColour = SceneColour.Blue, Size = SceneSize.Small, Place = place };
        var pixels = SceneRenderer.Draw(scene, new SceneRandom(5));
        AssertNear(SceneColour.Red, pixels, x, y);
        AssertNear(SceneColour.Blue, pixels, 63 - x, 63 - y == y ? 4 : 63 - y);
    }

    [Theory]
    [InlineData(SceneSize.Small, 11, 14)]
    [InlineData(SceneSize.Medium, 16, 20)]
    [InlineData(SceneSize.Large, 22, 26)]
    public void The_area_of_a_circle_fits_its_size(SceneSize size, double low, double high)
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var scene = new Scene { Shape = SceneShape.Circle, Colour = SceneColour.White, BackgroundColour = SceneColour.Black, Size = size };
            var pixels = SceneRenderer.Draw(scene, new SceneRandom(seed));
            var bright = Enumerable.Range(0, Side * Side).Count(pixel => pixels[pixel * 3] > 134);
            Assert.InRange(Math.Sqrt(bright / Math.PI) / .92, low - .2, high + .2);
        }
    }

    [Theory]
    [InlineData(SceneTexture.Striped, 8)]
    [InlineData(SceneTexture.Dotted, 8)]
    [InlineData(SceneTexture.Checkered, 16)]
    [InlineData(SceneTexture.Noisy, 16)]
    public void Textures_are_locked_to_the_grid(SceneTexture texture, int period)
    {
        var scene = new Scene
        {
            Shape = SceneShape.Circle,
            Colour = SceneColour.Red,
            BackgroundColour = SceneColour.Green,
            Size = SceneSize.Small,
            Place = ScenePlace.Right,
            Texture = texture,
        };
        var pixels = SceneRenderer.Draw(scene, new SceneRandom(6));
        for (var y = 0; y + period < Side; y++)
        {
            for (var x = 0; x < 16; x++)
            {
                Assert.Equal(Pixel(pixels, x, y), Pixel(pixels, x, y + period));
            }
        }

        Assert.True(Enumerable.Range(0, 16).Select(y => Pixel(pixels, 2, y)[1]).Distinct().Skip(1).Any());
    }

    [Theory]
    [InlineData(ScenePattern.Striped)]
    [InlineData(ScenePattern.Dotted)]
    [InlineData(ScenePattern.Checkered)]
    public void Patterns_are_locked_to_the_grid(ScenePattern pattern)
    {
        var scene = new Scene { Shape = SceneShape.Square, Colour = SceneColour.Red, BackgroundColour = SceneColour.Green, Size = SceneSize.Large, Pattern = pattern };
        var pixels = SceneRenderer.Draw(scene, new SceneRandom(7));
        for (var y = 22; y < 34; y++)
        {
            for (var x = 22; x < 34; x++)
            {
                Assert.Equal(Pixel(pixels, x, y), Pixel(pixels, x + 8, y + 8));
            }
        }

        Assert.Equal(Pixel(pixels, 24, 24), Pixel(pixels, 32, 24));
        Assert.NotEqual(Pixel(pixels, 24, 28), Pixel(pixels, 28, 28));
    }

    [Fact]
    public void Objects_are_never_cut_off_by_more_than_three_pixels()
    {
        var random = new SceneRandom(8);
        for (var index = 0; index < 200; index++)
        {
            var place = (ScenePlace)random.NextIndex(5);
            var scene = new Scene { Shape = SceneShape.Circle, Colour = SceneColour.White, BackgroundColour = SceneColour.Black, Size = SceneSize.Large, Place = place };
            var pixels = SceneRenderer.Draw(scene, random);
            var width = Enumerable.Range(0, Side).Count(x => Enumerable.Range(0, Side).Any(y => pixels[((y * Side) + x) * 3] > 134));
            Assert.InRange(width, (2 * .92 * 22) - 4, 64);
        }
    }

    [Fact]
    public void Room_of_another_size_is_refused()
    {
        var scene = SceneSampler.Sample(new SceneRandom(1));
        Assert.Throws<ArgumentException>(() => SceneRenderer.Draw(scene, new SceneRandom(1), new byte[100]));
    }

    private static byte[] Pixel(byte[] pixels, int x, int y) => pixels[(((y * Side) + x) * 3)..(((y * Side) + x + 1) * 3)];

    private static void AssertNear(SceneColour colour, byte[] pixels, int x, int y)
    {
        var actual = Pixel(pixels, x, y);
        Assert.All(Enumerable.Range(0, 3), channel => Assert.InRange(actual[channel], Rgb[colour][channel] - 12.5, Rgb[colour][channel] + 12.5));
    }
}
