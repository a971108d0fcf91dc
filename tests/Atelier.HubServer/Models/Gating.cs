namespace Atelier.Testing;

/// <summary>Whether a model's files are only for those whose request was granted.</summary>
public enum Gating
{
    /// <summary>Files are for everybody who sees the model.</summary>
    None,

    /// <summary>Requests are granted at once.</summary>
    Auto,

    /// <summary>The author grants requests.</summary>
    Manual,
}
