using System.Numerics;

namespace Atelier.Imaging;

/// <summary>Codes the blocks of one channel, each mean as the difference from the block before.</summary>
internal sealed class JpegChannel(JpegPlane plane, JpegQuantization quantization, JpegHuffmanTable meanTable, JpegHuffmanTable detailTable)
{
    private const byte EndOfBlock = 0x00;
    private const byte SixteenZeros = 0xF0;

    private readonly int[] _samples = new int[64];
    private readonly int[] _coefficients = new int[64];
    private int _lastMean;

    /// <summary>Writes a block; one beyond the plane becomes a flat block with the mean of the block before, as in libjpeg.</summary>
    public void Write(int column, int row, JpegBitWriter writer)
    {
        if (column >= plane.BlockColumns || row >= plane.BlockRows)
        {
            WriteSymbol(meanTable, 0, writer);
            WriteSymbol(detailTable, EndOfBlock, writer);
            return;
        }

        plane.CopyBlock(column, row, _samples);
        JpegTransform.Run(_samples);
        quantization.Quantize(_samples, _coefficients);

        WriteValue(meanTable, runLength: 0, _coefficients[0] - _lastMean, writer);
        _lastMean = _coefficients[0];

        var zeroCount = 0;
        for (var index = 1; index < 64; index++)
        {
            var value = _coefficients[index];
            if (value == 0)
            {
                zeroCount++;
                continue;
            }

            for (; zeroCount > 15; zeroCount -= 16)
            {
                WriteSymbol(detailTable, SixteenZeros, writer);
            }

            WriteValue(detailTable, zeroCount, value, writer);
            zeroCount = 0;
        }

        if (zeroCount > 0)
        {
            WriteSymbol(detailTable, EndOfBlock, writer);
        }
    }

    private static void WriteSymbol(JpegHuffmanTable table, byte symbol, JpegBitWriter writer) =>
        writer.WriteBits(table.Codes[symbol], table.Lengths[symbol]);

    private static void WriteValue(JpegHuffmanTable table, int runLength, int value, JpegBitWriter writer)
    {
        var bitCount = 32 - BitOperations.LeadingZeroCount((uint)Math.Abs(value));
        var symbol = (runLength << 4) | bitCount;
        var bits = (uint)(value < 0 ? value - 1 : value) & ((1u << bitCount) - 1);
        writer.WriteBits(((uint)table.Codes[symbol] << bitCount) | bits, table.Lengths[symbol] + bitCount);
    }
}
