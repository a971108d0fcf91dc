namespace Atelier.Tracking;

/// <summary>Estimates how long an item takes from how long the last ones took.</summary>
/// <remarks>
/// A mean in which old items fade: over 10 items where items are slow, over 10 seconds where they are fast, whichever reaches further back.
/// The first measurement pays for compilation, allocation and caches, so it counts only until there is a second one.
/// </remarks>
internal sealed class PaceEstimate
{
    private const double MemoryItems = 10;
    private const double MemorySeconds = 10;

    private double _items;
    private double _seconds;
    private bool _isWarm;

    /// <summary>The estimate, or null before the first measurement.</summary>
    public double? SecondsPerItem => _items > 0 ? _seconds / _items : null;

    /// <summary>Takes a measurement in.</summary>
    public void Add(long items, TimeSpan elapsed)
    {
        if (items <= 0)
        {
            return;
        }

        var seconds = elapsed.TotalSeconds;
        var kept = _isWarm ? Math.Exp(-Math.Min(items / MemoryItems, seconds / MemorySeconds)) : 0;
        _isWarm = _isWarm || _items > 0;
        _items = (_items * kept) + items;
        _seconds = (_seconds * kept) + seconds;
    }
}
