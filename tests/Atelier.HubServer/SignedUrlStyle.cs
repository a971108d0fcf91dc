namespace Atelier.Testing;

/// <summary>How much of a signed URL a careless client would rewrite.</summary>
public enum SignedUrlStyle
{
    /// <summary>Nothing: only what every client leaves as it is.</summary>
    Plain,

    /// <summary>Encoded letters and lower-case hex, which some libraries normalise.</summary>
    Encoded,

    /// <summary>That, and a segment <c>/./</c>, which most programs remove, curl among them.</summary>
    EncodedWithDotSegment,
}
