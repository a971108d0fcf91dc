using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Safetensors;

/// <summary>Passes one tensor's bytes on to a file, and refuses the first that is too many.</summary>
internal sealed class TensorStream(Stream destination, TensorEntry entry, string fileName) : Stream
{
    /// <summary>How many bytes are still to come.</summary>
    public long MissingByteCount { get; private set; } = entry.ByteCount;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
        // The file is flushed once, at the end.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > MissingByteCount)
        {
            throw new TensorFileException(fileName, entry.Name, $"more bytes were written than the {entry.ByteCount} that its shape takes.");
        }

        MissingByteCount -= buffer.Length;
        destination.Write(buffer);
    }
}
