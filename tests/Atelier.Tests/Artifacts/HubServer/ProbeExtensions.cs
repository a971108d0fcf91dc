namespace Atelier.Tests.Artifacts.HubServers;

/// <summary>Headers as they came.</summary>
internal static class ProbeExtensions
{
    public static string? Raw(this HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) || response.Content.Headers.NonValidated.TryGetValues(name, out values) ? values.ToString() : null;
}
