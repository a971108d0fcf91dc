namespace Atelier.Rewards;

/// <summary>Holds how likely each value of one fact is, as seen in one picture.</summary>
/// <typeparam name="TFact">The fact: an enumeration whose members count up from 0.</typeparam>
public sealed class FactProbabilities<TFact>
    where TFact : struct, Enum
{
    private static readonly TFact[] Facts = Enum.GetValues<TFact>();

    private readonly float[] _probabilities;

    /// <summary>Wraps the probabilities of all values.</summary>
    /// <param name="probabilities">One for each member, in the enumeration's order.</param>
    /// <exception cref="ArgumentException">There are more or fewer probabilities than members.</exception>
    public FactProbabilities(ReadOnlySpan<float> probabilities)
    {
        if (probabilities.Length != Facts.Length)
        {
            throw new ArgumentException($"{typeof(TFact).Name} has {Facts.Length} values, got {probabilities.Length} probabilities.", nameof(probabilities));
        }

        _probabilities = probabilities.ToArray();
    }

    /// <summary>Gets the likeliest value.</summary>
    public TFact Best => Facts[Array.IndexOf(_probabilities, _probabilities.Max())];

    /// <summary>Gets how likely a value is, in [0, 1].</summary>
    /// <param name="fact">The value.</param>
    /// <returns>Its probability.</returns>
    public float this[TFact fact] => _probabilities[Array.IndexOf(Facts, fact)];
}
