using System.Buffers.Binary;
using System.Numerics;

namespace Atelier.Tracking;

/// <summary>The checksum of TFRecord files.</summary>
internal static class Crc32C
{
    /// <summary>Computes the CRC-32C (Castagnoli polynomial) of some bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    /// <summary>Computes the checksum as TFRecord stores it: rotated and shifted, so that a checksum of bytes that hold checksums stays a good one.</summary>
    public static uint ComputeMasked(ReadOnlySpan<byte> bytes) => BitOperations.RotateRight(Compute(bytes), 15) + 0xa282ead8u;
}
