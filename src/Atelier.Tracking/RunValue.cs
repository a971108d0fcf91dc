using System.Globalization;

namespace Atelier.Tracking;

/// <summary>
/// Holds one value of a <see cref="RunRecord"/>: a number, a whole number, a text or several numbers.
/// </summary>
/// <remarks>Values convert implicitly from <c>double</c>, <c>long</c>, <c>string</c> and <c>double[]</c>, so that records read like literals.</remarks>
public readonly struct RunValue : IEquatable<RunValue>
{
    private readonly double _number;
    private readonly long _wholeNumber;
    private readonly object? _reference;

    /// <summary>Creates a number.</summary>
    /// <param name="number">The number; NaN and the infinities are allowed.</param>
    public RunValue(double number)
    {
        Kind = RunValueKind.Number;
        _number = number;
    }

    /// <summary>Creates a whole number.</summary>
    /// <param name="wholeNumber">The number.</param>
    public RunValue(long wholeNumber)
    {
        Kind = RunValueKind.WholeNumber;
        _wholeNumber = wholeNumber;
    }

    /// <summary>Creates a text.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    public RunValue(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        Kind = RunValueKind.Text;
        _reference = text;
    }

    /// <summary>Creates a list of numbers.</summary>
    /// <param name="numbers">The numbers, which are copied.</param>
    /// <exception cref="ArgumentNullException"><paramref name="numbers"/> is null.</exception>
    public RunValue(double[] numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);

        Kind = RunValueKind.Numbers;
        _reference = (double[])[.. numbers];
    }

    /// <summary>Says which of the four this value is.</summary>
    public RunValueKind Kind { get; }

    /// <summary>Gives the number; a whole number is converted.</summary>
    /// <exception cref="InvalidOperationException">The value is a text or a list.</exception>
    public double Number => Kind switch
    {
        RunValueKind.Number => _number,
        RunValueKind.WholeNumber => _wholeNumber,
        _ => throw Mismatch("a number"),
    };

    /// <summary>Gives the whole number.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public long WholeNumber => Kind == RunValueKind.WholeNumber ? _wholeNumber : throw Mismatch("a whole number");

    /// <summary>Gives the text.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public string Text => Kind == RunValueKind.Text ? (string)_reference! : throw Mismatch("a text");

    /// <summary>Gives the numbers.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public IReadOnlyList<double> Numbers => Kind == RunValueKind.Numbers ? (double[])_reference! : throw Mismatch("a list of numbers");

    /// <summary>Creates a number.</summary>
    /// <param name="number">The number.</param>
    public static implicit operator RunValue(double number) => new(number);

    /// <summary>Creates a whole number.</summary>
    /// <param name="wholeNumber">The number.</param>
    public static implicit operator RunValue(long wholeNumber) => new(wholeNumber);

    /// <summary>Creates a text.</summary>
    /// <param name="text">The text.</param>
    public static implicit operator RunValue(string text) => new(text);

    /// <summary>Creates a list of numbers.</summary>
    /// <param name="numbers">The numbers, which are copied.</param>
    public static implicit operator RunValue(double[] numbers) => new(numbers);

    /// <summary>Compares two values.</summary>
    /// <param name="left">One value.</param>
    /// <param name="right">The other value.</param>
    /// <returns>Whether kind and content are the same.</returns>
    public static bool operator ==(RunValue left, RunValue right) => left.Equals(right);

    /// <summary>Compares two values.</summary>
    /// <param name="left">One value.</param>
    /// <param name="right">The other value.</param>
    /// <returns>Whether kind or content differ.</returns>
    public static bool operator !=(RunValue left, RunValue right) => !left.Equals(right);

    /// <summary>Compares with another value; NaN equals NaN, lists are compared element by element.</summary>
    /// <param name="other">The other value.</param>
    /// <returns>Whether kind and content are the same.</returns>
    public bool Equals(RunValue other) => Kind == other.Kind && Kind switch
    {
        RunValueKind.Number => _number.Equals(other._number),
        RunValueKind.WholeNumber => _wholeNumber == other._wholeNumber,
        RunValueKind.Text => string.Equals(Text, other.Text, StringComparison.Ordinal),
        _ => Numbers.SequenceEqual(other.Numbers),
    };

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RunValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Kind switch
    {
        RunValueKind.Number => _number.GetHashCode(),
        RunValueKind.WholeNumber => _wholeNumber.GetHashCode(),
        RunValueKind.Text => Text.GetHashCode(StringComparison.Ordinal),
        _ => Numbers.Aggregate(Numbers.Count, HashCode.Combine),
    };

    /// <summary>Writes the value for people, with the invariant culture.</summary>
    /// <returns>The number, the text, or the numbers in brackets.</returns>
    public override string ToString() => Kind switch
    {
        RunValueKind.Number => _number.ToString(CultureInfo.InvariantCulture),
        RunValueKind.WholeNumber => _wholeNumber.ToString(CultureInfo.InvariantCulture),
        RunValueKind.Text => Text,
        _ => $"[{string.Join(", ", Numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)))}]",
    };

    private InvalidOperationException Mismatch(string wanted) => new($"The value is not {wanted}: {Kind} '{this}'.");
}
