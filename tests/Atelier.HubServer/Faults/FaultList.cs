namespace Atelier.Testing;

/// <summary>The faults to inject. Of the rules that match a request, the one added first is applied, until it is used up.</summary>
public sealed class FaultList
{
    private readonly Lock _lock = new();
    private readonly List<FaultRule> _rules = [];

    /// <summary>Adds a rule.</summary>
    /// <param name="rule">The rule; complete, it must not be changed afterwards.</param>
    /// <returns>The rule, which counts how often it was applied.</returns>
    public FaultRule Add(FaultRule rule)
    {
        lock (_lock)
        {
            _rules.Add(rule);
        }

        return rule;
    }

    /// <summary>Removes all rules.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _rules.Clear();
        }
    }

    internal FaultRule? Take(ReceivedRequest request)
    {
        lock (_lock)
        {
            return _rules.Find(rule => rule.TryTake(request));
        }
    }
}
