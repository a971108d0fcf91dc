using Atelier.Rewards.Scenes;

namespace Atelier.Rewards;

/// <summary>Says which colour is rewarded.</summary>
public sealed record ColourRewardOptions
{
    /// <summary>Gets how much red the colour has.</summary>
    /// <value>1 by default, which with the other defaults makes pure red; in [0, 1].</value>
    public double Red { get; init; } = 1;

    /// <summary>Gets how much green the colour has.</summary>
    /// <value>0 by default, in [0, 1].</value>
    public double Green { get; init; }

    /// <summary>Gets how much blue the colour has.</summary>
    /// <value>0 by default, in [0, 1].</value>
    public double Blue { get; init; }

    /// <summary>Gets the name of the colour, for logs.</summary>
    /// <value>Null by default: the hexadecimal form of the colour is its name.</value>
    public string? ColourName { get; init; }

    /// <summary>Chooses a colour by its name.</summary>
    /// <param name="colour">The colour.</param>
    /// <returns>The options for it.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="colour"/> is not one of the enumeration.</exception>
    public static ColourRewardOptions For(SceneColour colour)
    {
        // The pure colour, not the shade in which pictures are drawn: so that red is exactly mean red − ½ mean green − ½ mean blue.
        var (red, green, blue) = colour switch
        {
            SceneColour.Red => (1.0, 0.0, 0.0),
            SceneColour.Orange => (1.0, .5, 0.0),
            SceneColour.Yellow => (1.0, 1.0, 0.0),
            SceneColour.Green => (0.0, 1.0, 0.0),
            SceneColour.Blue => (0.0, 0.0, 1.0),
            SceneColour.Purple => (.5, 0.0, 1.0),
            SceneColour.White => (1.0, 1.0, 1.0),
            SceneColour.Black => (0.0, 0.0, 0.0),
            _ => throw new ArgumentOutOfRangeException(nameof(colour), colour, "Not a colour."),
        };
        return new ColourRewardOptions { Red = red, Green = green, Blue = blue, ColourName = SceneGrammar.Word(colour) };
    }
}
