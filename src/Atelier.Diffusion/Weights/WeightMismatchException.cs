namespace Atelier.Diffusion.Weights;

/// <summary>Says everything that keeps a file's tensors from being a network's weights.</summary>
public sealed class WeightMismatchException : Exception
{
    private const int ShownCount = 10;

    /// <summary>Creates the exception.</summary>
    /// <param name="source">The file.</param>
    /// <param name="report">What does not fit.</param>
    public WeightMismatchException(string source, WeightReport report)
        : base(Describe(source, report))
    {
        Report = report;
    }

    /// <summary>Gets what does not fit.</summary>
    public WeightReport Report { get; }

    private static string Describe(string source, WeightReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var parts = new List<string>();
        Add("missing", report.Missing);
        Add("unexpected", report.Unexpected);
        Add("of another shape or kind", report.Misshapen);
        return $"{source} does not fit the network: {string.Join("; ", parts)}.";

        void Add(string kind, IReadOnlyList<string> names)
        {
            if (names.Count > 0)
            {
                var more = names.Count > ShownCount ? $", and {names.Count - ShownCount} more" : string.Empty;
                parts.Add($"{names.Count} {kind}: {string.Join(", ", names.Take(ShownCount))}{more}");
            }
        }
    }
}
