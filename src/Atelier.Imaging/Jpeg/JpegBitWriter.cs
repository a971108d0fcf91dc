using System.Buffers;

namespace Atelier.Imaging;

/// <summary>Collects the bytes of one file: markers, and entropy-coded bits with a zero stuffed behind each 0xFF.</summary>
internal sealed class JpegBitWriter : IDisposable
{
    private byte[] _buffer;
    private ulong _pending;
    private int _pendingCount;

    /// <summary>Starts an empty file with room for about <paramref name="capacity"/> bytes; it grows as needed.</summary>
    public JpegBitWriter(int capacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>Gets the number of bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Copies what was written.</summary>
    public byte[] ToArray() => _buffer.AsSpan(0, Length).ToArray();

    /// <summary>Appends bytes as they are.</summary>
    public void WriteBytes(params ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Appends the low bits of a number, the highest first; at most 27 at a time.</summary>
    public void WriteBits(uint bits, int count)
    {
        _pending = (_pending << count) | (bits & ((1u << count) - 1));
        _pendingCount += count;
        if (_pendingCount >= 32)
        {
            Drain();
        }
    }

    /// <summary>Fills the last byte with ones, as the format asks.</summary>
    public void FinishBits()
    {
        WriteBits(0x7F, 7);
        Drain();
        _pendingCount = 0;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Drain()
    {
        Reserve(16);
        for (; _pendingCount >= 8; _pendingCount -= 8)
        {
            var value = (byte)(_pending >> (_pendingCount - 8));
            _buffer[Length++] = value;
            if (value == 0xFF)
            {
                _buffer[Length++] = 0;
            }
        }
    }

    private void Reserve(int count)
    {
        if (Length + count <= _buffer.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + count, 2 * _buffer.Length));
        _buffer.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
