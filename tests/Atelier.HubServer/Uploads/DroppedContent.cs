namespace Atelier.Testing;

/// <summary>Content that was received and thrown away: its length and id are known, its bytes are not.</summary>
internal sealed class DroppedContent(long length, string sha256) : HostedContent(length)
{
    /// <inheritdoc/>
    public override string Sha256 => sha256;

    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination) => throw new NotSupportedException($"{nameof(HubServerOptions.DropsUploadedContent)} is set: the bytes were not kept.");
}
