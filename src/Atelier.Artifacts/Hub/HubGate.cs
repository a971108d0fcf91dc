namespace Atelier.Artifacts.Hub;

/// <summary>Says what stands between a repository's page and its files.</summary>
public enum HubGate
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A form; access is given at once.</summary>
    Automatic,

    /// <summary>A form; its owners decide.</summary>
    Manual,
}
