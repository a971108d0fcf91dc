namespace Atelier.Tracking;

/// <summary>
/// Describes one event of a run: the step it belongs to, its kind, and named values in the order in which they were set.
/// </summary>
/// <example>
/// <code>
/// tracker.Log(new RunRecord(step: 12, kind: "update") { ["loss"] = 0.031, ["clipfrac"] = 0.2 });
/// </code>
/// </example>
public sealed class RunRecord
{
    private readonly OrderedDictionary<string, RunValue> _values = new(StringComparer.Ordinal);

    /// <summary>Creates a record without values.</summary>
    /// <param name="step">The global step, as the trainer counts it.</param>
    /// <param name="kind">What happened, such as <c>rewards</c>, <c>update</c> or <c>epoch</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="kind"/> is empty.</exception>
    public RunRecord(long step, string kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);

        Step = step;
        Kind = kind;
    }

    /// <summary>Gives the global step.</summary>
    public long Step { get; }

    /// <summary>Says what happened.</summary>
    public string Kind { get; }

    /// <summary>Gives the seconds from the run's start to this event, or null where they were not measured.</summary>
    public double? Seconds { get; init; }

    /// <summary>Gives the values by name, enumerated in the order in which they were first set.</summary>
    public IReadOnlyDictionary<string, RunValue> Values => _values;

    /// <summary>Gets or sets a value; once logged, a record is no longer to be changed.</summary>
    /// <param name="name">The value's name; a slash groups names, as in <c>rewards/mean</c>.</param>
    /// <exception cref="ArgumentException">The name to set is empty, or one of <c>step</c>, <c>kind</c> and <c>seconds</c>, which every record has.</exception>
    /// <exception cref="KeyNotFoundException">The name to get has no value.</exception>
    public RunValue this[string name]
    {
        get => _values[name];
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(name);
            if (name is "step" or "kind" or "seconds")
            {
                throw new ArgumentException($"'{name}' is a property of the record itself and cannot name a value.", nameof(name));
            }

            _values[name] = value;
        }
    }
}
