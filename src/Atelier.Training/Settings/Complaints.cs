using System.Collections;
using System.Text.RegularExpressions;

namespace Atelier.Training.Settings;

/// <summary>Collects what is wrong with settings, each in a sentence that starts with the setting's flat name.</summary>
public sealed partial class Complaints : IEnumerable<string>
{
    private readonly List<string> _items = [];

    /// <summary>Adds a complaint unless a condition holds.</summary>
    /// <param name="holds">The condition.</param>
    /// <param name="complaint">The complaint.</param>
    /// <returns>This object.</returns>
    public Complaints Require(bool holds, string complaint)
    {
        if (!holds)
        {
            _items.Add(complaint);
        }

        return this;
    }

    /// <summary>Adds a complaint unless a number is above 0 and finite.</summary>
    /// <param name="value">The number.</param>
    /// <param name="name">The setting's flat name.</param>
    /// <returns>This object.</returns>
    public Complaints RequirePositive(double value, string name) =>
        Require(value is > 0 and < double.PositiveInfinity, $"{name} must be above 0, not {Setting.Show(value)}");

    /// <summary>Adds a complaint unless a text is a device that can be asked for.</summary>
    /// <param name="device">The value of the setting <c>device</c>.</param>
    /// <returns>This object.</returns>
    public Complaints RequireDevice(string device) =>
        Require(DeviceName().IsMatch(device), $"device must be auto, cpu, cuda or cuda:NUMBER, not \"{device}\"");

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    [GeneratedRegex(@"^(auto|cpu|cuda(:\d{1,3})?)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DeviceName();
}
