using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Holds what <c>atelier doctor</c> is told.</summary>
[SettingGroup("Checks")]
public sealed record DoctorSettings
{
    /// <summary>Asks the hub whom the token belongs to; without it nothing is asked over the network.</summary>
    /// <value>Default true.</value>
    public bool AskHub { get; init; } = true;
}
