namespace Atelier.Artifacts.Hub.Http;

/// <summary>Says after which failures a request is repeated.</summary>
internal enum HubRetries
{
    /// <summary>After every passing fault: asking twice does no harm.</summary>
    Always,

    /// <summary>Only where the hub says that it did nothing (429): asking twice may do something twice.</summary>
    OnlyWhenRefused,

    /// <summary>Never.</summary>
    Never,
}
