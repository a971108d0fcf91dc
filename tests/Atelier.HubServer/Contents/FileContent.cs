namespace Atelier.Testing;

/// <summary>The content of a file on disk.</summary>
internal sealed class FileContent(string path) : HostedContent(new FileInfo(path).Length)
{
    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination)
    {
        using var handle = File.OpenHandle(path);
        return RandomAccess.Read(handle, destination, offset);
    }
}
