namespace Atelier.Imaging;

/// <summary>One of the four standard Huffman tables. Source: ITU-T T.81, tables K.3 to K.6.</summary>
internal sealed class JpegHuffmanTable
{
    private JpegHuffmanTable(byte identifier, string codeCounts, string symbols)
    {
        Identifier = identifier;
        CodeCounts = Convert.FromHexString(codeCounts);
        Symbols = Convert.FromHexString(symbols);

        var code = 0;
        var next = 0;
        for (var length = 1; length <= 16; length++)
        {
            for (var count = 0; count < CodeCounts[length - 1]; count++)
            {
                Codes[Symbols[next]] = (ushort)code;
                Lengths[Symbols[next]] = (byte)length;
                next++;
                code++;
            }

            code <<= 1;
        }
    }

    /// <summary>Gets the table of brightness means.</summary>
    public static JpegHuffmanTable LuminanceDc { get; } = new(0x00, "00010501010101010100000000000000", "000102030405060708090A0B");

    /// <summary>Gets the table of colour means.</summary>
    public static JpegHuffmanTable ChrominanceDc { get; } = new(0x01, "00030101010101010101010000000000", "000102030405060708090A0B");

    /// <summary>Gets the table of brightness detail.</summary>
    public static JpegHuffmanTable LuminanceAc { get; } = new(
        0x10,
        "0002010303020403050504040000017D",
        "01020300041105122131410613516107227114328191A1082342B1C11552D1F02433627282090A161718191A25262728292A3435363738393A" +
        "434445464748494A535455565758595A636465666768696A737475767778797A838485868788898A92939495969798999AA2A3A4A5A6A7A8A9AA" +
        "B2B3B4B5B6B7B8B9BAC2C3C4C5C6C7C8C9CAD2D3D4D5D6D7D8D9DAE1E2E3E4E5E6E7E8E9EAF1F2F3F4F5F6F7F8F9FA");

    /// <summary>Gets the table of colour detail.</summary>
    public static JpegHuffmanTable ChrominanceAc { get; } = new(
        0x11,
        "00020102040403040705040400010277",
        "000102031104052131061241510761711322328108144291A1B1C109233352F0156272D10A162434E125F11718191A262728292A35363738393A" +
        "434445464748494A535455565758595A636465666768696A737475767778797A82838485868788898A92939495969798999AA2A3A4A5A6A7A8A9AA" +
        "B2B3B4B5B6B7B8B9BAC2C3C4C5C6C7C8C9CAD2D3D4D5D6D7D8D9DAE2E3E4E5E6E7E8E9EAF2F3F4F5F6F7F8F9FA");

    /// <summary>Gets the class (high half: 0 means, 1 detail) and slot of the table.</summary>
    public byte Identifier { get; }

    /// <summary>Gets how many codes have each length from 1 to 16, [16].</summary>
    public byte[] CodeCounts { get; }

    /// <summary>Gets the symbols in order of their codes.</summary>
    public byte[] Symbols { get; }

    /// <summary>Gets the code of each symbol, [256].</summary>
    public ushort[] Codes { get; } = new ushort[256];

    /// <summary>Gets the number of bits of each symbol's code, [256].</summary>
    public byte[] Lengths { get; } = new byte[256];
}
