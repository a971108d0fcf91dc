namespace Atelier.Artifacts.Hub.Http;

/// <summary>Says what is done about a redirect that leaves the origin.</summary>
internal enum HubRedirects
{
    /// <summary>It is an error: questions to the hub are answered by the hub. Only the public hub is followed, for a mirror, without the token.</summary>
    StayOnOrigin,

    /// <summary>It is the answer: what leads to storage carries the file's metadata, and storage does not.</summary>
    StopAtStorage,

    /// <summary>It is followed, without the token: files come from storage.</summary>
    Follow,
}
