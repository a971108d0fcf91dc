namespace Atelier.Artifacts.Pickles;

/// <summary>A dictionary as it stands in a pickle: pairs in their order, not looked up, so that hostile keys cost nothing.</summary>
internal sealed class PickledDictionary
{
    /// <summary>The pairs.</summary>
    public List<(object? Key, object? Value)> Pairs { get; } = [];

    /// <summary>Finds the first value of a name.</summary>
    /// <param name="key">The name.</param>
    /// <returns>The value; null where there is none.</returns>
    public object? Find(string key) => Pairs.Find(pair => pair.Key is string name && string.Equals(name, key, StringComparison.Ordinal)).Value;
}
