namespace Atelier.Training.Updates;

/// <summary>The factor on the loss that keeps small gradients from vanishing in 16-bit floats.</summary>
/// <remarks>
/// Source: Micikevicius et al. 2018 (arXiv:1710.03740), section 3.2, with PyTorch's numbers: it starts at 65536, doubles after 2000 updates without overflow and halves at each overflow.
/// <para>Differs from PyTorch's <c>GradScaler</c>: an update whose gradients overflow is computed again with half the factor, not left out.</para>
/// </remarks>
internal sealed class LossScale
{
    private const double Start = 65536;
    private const double Factor = 2;
    private const int GrowthInterval = 2000;

    private readonly bool _isNeeded;

    /// <summary>Starts with the first factor.</summary>
    /// <param name="isNeeded">Whether gradients pass through 16-bit floats with five exponent bits; else the factor stays 1.</param>
    public LossScale(bool isNeeded)
    {
        _isNeeded = isNeeded;
        Value = isNeeded ? Start : 1;
    }

    /// <summary>Gets the factor.</summary>
    public double Value { get; private set; }

    /// <summary>Gets the number of updates since the factor last changed.</summary>
    public int UpdatesSinceChange { get; private set; }

    /// <summary>Gets whether it can be made smaller: below 1 it would do harm instead of good.</summary>
    public bool CanShrink => _isNeeded && Value > 1;

    /// <summary>Halves the factor after an overflow.</summary>
    public void Shrink() => (Value, UpdatesSinceChange) = (Value / Factor, 0);

    /// <summary>Counts an update without overflow.</summary>
    public void Succeed()
    {
        if (_isNeeded && ++UpdatesSinceChange >= GrowthInterval)
        {
            (Value, UpdatesSinceChange) = (Value * Factor, 0);
        }
    }

    /// <summary>Goes on where another one stopped.</summary>
    /// <param name="value">Its factor.</param>
    /// <param name="updatesSinceChange">Its number of updates since the factor changed.</param>
    public void Restore(double value, int updatesSinceChange)
    {
        if (_isNeeded)
        {
            (Value, UpdatesSinceChange) = (value, updatesSinceChange);
        }
    }
}
