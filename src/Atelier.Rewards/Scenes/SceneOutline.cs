namespace Atelier.Rewards.Scenes;

/// <summary>Says which points lie inside a shape.</summary>
internal static class SceneOutline
{
    /// <summary>No shape reaches further from its middle, in units of its radius.</summary>
    public const double Reach = 1.25;

    // The five points of the star: sine and cosine of k · 72° from the upward direction.
    private static readonly (double Sin, double Cos)[] StarPoints = [.. Enumerable.Range(0, 5).Select(k => Math.SinCos(k * Math.Tau / 5))];
    private static readonly double StarEdgeX = (.45 * Math.Cos(Math.PI / 5)) - 1.05;
    private static readonly double StarEdgeY = .45 * Math.Sin(Math.PI / 5);

    /// <summary>Tests a point.</summary>
    /// <param name="shape">The shape, upright.</param>
    /// <param name="u">To the right of its middle, in units of its radius.</param>
    /// <param name="v">Below its middle, in units of its radius.</param>
    public static bool Contains(SceneShape shape, double u, double v) => shape switch
    {
        SceneShape.Circle => (u * u) + (v * v) <= .92 * .92,
        SceneShape.Square => Math.Max(Math.Abs(u), Math.Abs(v)) <= .80,
        SceneShape.Triangle => v <= .72 && Math.Abs(u) <= .98 * (v + 1) / 1.72,
        SceneShape.Star => IsInStar(u, v),
        SceneShape.Heart => IsInHeart((1.15 * u), (-1.15 * v) + .12),
        SceneShape.Ring => ((u * u) + (v * v)) is <= .97 * .97 and >= .52 * .52,
        SceneShape.Cross => Math.Min(Math.Abs(u), Math.Abs(v)) <= .31 && Math.Max(Math.Abs(u), Math.Abs(v)) <= .92,
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "Not a shape."),
    };

    // The sextic heart: (x² + y² − 1)³ ≤ x² y³.
    private static bool IsInHeart(double x, double y)
    {
        var q = (x * x) + (y * y) - 1;
        return (q * q * q) - (x * x * y * y * y) <= 0;
    }

    // Outer radius 1.05, inner .45. In the frame of the nearest point, one straight edge decides.
    private static bool IsInStar(double u, double v)
    {
        var along = double.NegativeInfinity;
        var across = 0.0;
        foreach (var (sin, cos) in StarPoints)
        {
            var projection = (u * sin) - (v * cos);
            if (projection > along)
            {
                along = projection;
                across = Math.Abs((u * cos) + (v * sin));
            }
        }

        return (StarEdgeX * across) - (StarEdgeY * (along - 1.05)) >= 0;
    }
}
