namespace Atelier.Testing;

/// <summary>What a token allows.</summary>
public enum TokenRole
{
    /// <summary>Reading.</summary>
    Read,

    /// <summary>Reading and writing.</summary>
    Write,

    /// <summary>What its scopes say.</summary>
    FineGrained,
}
