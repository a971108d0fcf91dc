namespace Atelier.Imaging;

/// <summary>The integer cosine transform of libjpeg's default method ("islow"), to the last bit.</summary>
/// <remarks>
/// Source: Loeffler, Ligtenberg and Moschytz 1989, the 12-multiplication variant, in 13-bit fixed point as libjpeg 6b and libjpeg-turbo have it.
/// Results are the orthonormal coefficients times 8.
/// </remarks>
internal static class JpegTransform
{
    private const int ConstantBits = 13;
    private const int FirstPassBits = 2; // kept between the two passes

    /// <summary>Transforms a block of samples minus 128 in place, [8, 8].</summary>
    public static void Run(Span<int> block)
    {
        for (var row = 0; row < 64; row += 8)
        {
            Pass(block[row..], stride: 1, FirstPassBits, ConstantBits - FirstPassBits);
        }

        for (var column = 0; column < 8; column++)
        {
            Pass(block[column..], stride: 8, -FirstPassBits, ConstantBits + FirstPassBits);
        }
    }

    private static void Pass(Span<int> line, int stride, int evenShift, int shift)
    {
        var last = line[7 * stride];
        var sum0 = line[0] + last;
        var difference0 = line[0] - last;
        var sum1 = line[stride] + line[6 * stride];
        var difference1 = line[stride] - line[6 * stride];
        var sum2 = line[2 * stride] + line[5 * stride];
        var difference2 = line[2 * stride] - line[5 * stride];
        var sum3 = line[3 * stride] + line[4 * stride];
        var difference3 = line[3 * stride] - line[4 * stride];

        var even0 = sum0 + sum3;
        var even1 = sum1 + sum2;
        var even2 = sum1 - sum2;
        var even3 = sum0 - sum3;
        var rotation = (even2 + even3) * 4433; // 0.541196100
        line[0] = Scale(even0 + even1, evenShift);
        line[4 * stride] = Scale(even0 - even1, evenShift);
        line[2 * stride] = Descale(rotation + (even3 * 6270), shift); // 0.765366865
        line[6 * stride] = Descale(rotation - (even2 * 15137), shift); // 1.847759065

        var pair03 = (difference3 + difference0) * -7373; // 0.899976223
        var pair12 = (difference2 + difference1) * -20995; // 2.562915447
        var pair13 = difference3 + difference1;
        var pair02 = difference2 + difference0;
        var common = (pair13 + pair02) * 9633; // 1.175875602
        pair13 = (pair13 * -16069) + common; // 1.961570560
        pair02 = (pair02 * -3196) + common; // 0.390180644
        line[7 * stride] = Descale((difference3 * 2446) + pair03 + pair13, shift); // 0.298631336
        line[5 * stride] = Descale((difference2 * 16819) + pair12 + pair02, shift); // 2.053119869
        line[3 * stride] = Descale((difference1 * 25172) + pair12 + pair13, shift); // 3.072711026
        line[stride] = Descale((difference0 * 12299) + pair03 + pair02, shift); // 1.501321110
    }

    private static int Scale(int value, int shift) => shift > 0 ? value << shift : Descale(value, -shift);

    private static int Descale(int value, int shift) => (value + (1 << (shift - 1))) >> shift;
}
