using System.Collections;
using Atelier.Training.Settings;

namespace Atelier.Training.Ddpo;

/// <summary>Collects what is wrong with a configuration, each in a sentence that starts with the setting's flat name.</summary>
internal sealed class Complaints : IEnumerable<string>
{
    private readonly List<string> _items = [];

    public Complaints Require(bool holds, string complaint)
    {
        if (!holds)
        {
            _items.Add(complaint);
        }

        return this;
    }

    public Complaints RequirePositive(double value, string name) =>
        Require(value is > 0 and < double.PositiveInfinity, $"{name} must be above 0, not {Setting.Show(value)}");

    public IEnumerator<string> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
