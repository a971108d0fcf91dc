namespace Atelier.Imaging;

/// <summary>One quantization table: the steps of the 64 coefficients, scaled to a quality.</summary>
internal sealed class JpegQuantization
{
    /// <summary>Position in the block, [8, 8], of each coefficient in zigzag order. Source: ITU-T T.81, figure A.6.</summary>
    public static ReadOnlySpan<byte> Zigzag =>
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
        12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
        58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];

    // Source: ITU-T T.81, tables K.1 and K.2; row-major.
    private static ReadOnlySpan<byte> LuminanceSteps =>
    [
        16, 11, 10, 16, 24, 40, 51, 61,
        12, 12, 14, 19, 26, 58, 60, 55,
        14, 13, 16, 24, 40, 57, 69, 56,
        14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77,
        24, 35, 55, 64, 81, 104, 113, 92,
        49, 64, 78, 87, 103, 121, 120, 101,
        72, 92, 95, 98, 112, 100, 103, 99,
    ];

    private static ReadOnlySpan<byte> ChrominanceSteps =>
    [
        17, 18, 24, 47, 99, 99, 99, 99,
        18, 21, 26, 66, 99, 99, 99, 99,
        24, 26, 56, 99, 99, 99, 99, 99,
        47, 66, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
    ];

    private JpegQuantization(ReadOnlySpan<byte> baseSteps, int quality)
    {
        var percent = quality < 50 ? 5000 / quality : 200 - (2 * quality); // libjpeg's scale of qualities
        for (var index = 0; index < 64; index++)
        {
            Steps[index] = (byte)Math.Clamp(((baseSteps[Zigzag[index]] * percent) + 50) / 100, 1, 255);
        }
    }

    /// <summary>Gets the steps in zigzag order, as the file holds them, [64].</summary>
    public byte[] Steps { get; } = new byte[64];

    /// <summary>Makes the table of the brightness channel.</summary>
    public static JpegQuantization Luminance(int quality) => new(LuminanceSteps, quality);

    /// <summary>Makes the table of both colour channels.</summary>
    public static JpegQuantization Chrominance(int quality) => new(ChrominanceSteps, quality);

    /// <summary>Rounds transformed coefficients (times 8, row-major) to steps, halves away from zero, in zigzag order.</summary>
    public void Quantize(ReadOnlySpan<int> transformed, Span<int> zigzagged)
    {
        var order = Zigzag;
        for (var index = 0; index < 64; index++)
        {
            var step = (uint)Steps[index] << 3;
            var value = transformed[order[index]];
            var magnitude = (int)(((uint)Math.Abs(value) + (step >> 1)) / step);
            zigzagged[index] = value < 0 ? -magnitude : magnitude;
        }
    }
}
