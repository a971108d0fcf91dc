using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Xunit;

namespace Atelier.Tests.Artifacts;

/// <summary>Damages sound files at random, always the same way, and checks that what is still accepted is safe to use.</summary>
public sealed partial class SafetensorsFuzzTests : IDisposable
{
    private const string FileName = "fuzz.safetensors";

    private static readonly string[] Numbers =
        ["0", "1", "-1", "2", "4", "8", "24", "255", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "1e9", "0.5", "-0"];

    private static readonly ulong[] Lengths = [0, 1, 2, 7, 8, 99_999_999, 100_000_000, 100_000_001, int.MaxValue, 1UL << 31, 1UL << 32, long.MaxValue, 1UL << 63, ulong.MaxValue];

    private static readonly byte[][] Seeds =
    [
        RawFile.Make("{}"),
        RawFile.Make("""{"x":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}       """, 24),
        RawFile.Make("""{"__metadata__":{"format":"pt","k":"\u00e9"},"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[2,2],"data_offsets":[8,16]},"c":{"dtype":"U8","shape":[3],"data_offsets":[16,19]},"d":{"dtype":"BOOL","shape":[0,5],"data_offsets":[19,19]}}""", 19),
        RawFile.Make("""{"c":{"data_offsets":[4,6],"dtype":"F16","shape":[1]},"e":{"shape":[4,0],"dtype":"F64","data_offsets":[4,4]},"a":{"dtype":"I32","shape":[1,1,1],"data_offsets":[0,4]},"f":{"dtype":"I16","shape":[1],"data_offsets":[6,8]}}""", 8),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Mutated_headers_are_refused_or_safe()
    {
        const int caseCount = 30_000;
        const long allowedByteCount = 1_000_000;
        var random = new Random(20_260_101);
        var acceptedCount = 0;
        var longestAllocation = 0L;
        var clock = new Stopwatch();
        for (var index = 0; index < caseCount; index++)
        {
            var file = Mutants.Make(Seeds, random, MutateOnce);
            var before = GC.GetAllocatedBytesForCurrentThread();
            clock.Start();
            var header = Parse(file);
            clock.Stop();
            longestAllocation = Math.Max(longestAllocation, GC.GetAllocatedBytesForCurrentThread() - before);
            if (header is not null)
            {
                acceptedCount++;
                CheckSafe(header, file.Length);
            }
        }

        Assert.InRange(longestAllocation, 1, allowedByteCount);
        Assert.InRange(acceptedCount, caseCount / 100, caseCount / 2); // the mutations neither miss nor destroy everything
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
    }

    [Fact]
    public void Mutated_files_are_refused_or_readable()
    {
        var random = new Random(20_260_102);
        var acceptedCount = 0;
        for (var index = 0; index < 400; index++)
        {
            var path = _folder.Write(FileName, Mutants.Make(Seeds, random, MutateOnce));
            try
            {
                using var file = SafetensorsFile.Open(path);
                foreach (var entry in file.Entries.Values)
                {
                    file.CopyTo(entry, Stream.Null);
                }

                acceptedCount++;
            }
            catch (TensorFileException exception)
            {
                Assert.StartsWith(path, exception.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(acceptedCount, 4, 200);
    }

    private static SafetensorsHeader? Parse(byte[] file)
    {
        try
        {
            return SafetensorsHeader.Parse(file, FileName);
        }
        catch (TensorFileException exception)
        {
            Assert.StartsWith(FileName, exception.Message, StringComparison.Ordinal);
            Assert.True(exception.Message.Length < 1000);
            return null;
        }
    }

    private static void CheckSafe(SafetensorsHeader header, long fileByteCount)
    {
        var end = header.DataOffset;
        foreach (var (name, entry) in header.Entries)
        {
            Assert.Equal(name, entry.Name);
            Assert.Equal(end, entry.ByteOffset);
            Assert.All(entry.Shape, extent => Assert.True(extent >= 0));
            Assert.Equal(entry.Shape.Aggregate((Int128)entry.ElementType.ByteCount(), static (product, extent) => product * extent), entry.ByteCount);
            end += entry.ByteCount;
        }

        Assert.Equal(fileByteCount, end);
    }

    private static byte[] MutateOnce(Random random, byte[] file)
    {
        switch (random.Next(8))
        {
            case 0: // a bit anywhere
                if (file.Length > 0)
                {
                    file[random.Next(file.Length)] ^= (byte)(1 << random.Next(8));
                }

                return file;
            case 1: // the end is lost
                return random.Next(2) == 0 ? file[..random.Next(file.Length + 1)] : file[..Math.Max(0, file.Length - random.Next(1, 9))];
            case 2: // more than there should be
                return [.. file, .. new byte[random.Next(1, 20)]];
            case 3: // another header length
                if (file.Length >= 8)
                {
                    var length = random.Next(2) == 0 ? Lengths[random.Next(Lengths.Length)] : (ulong)Math.Max(0, file.Length - 8 + random.Next(-9, 10));
                    BinaryPrimitives.WriteUInt64LittleEndian(file, length);
                }

                return file;
            default:
                return MutateHeader(random, file);
        }
    }

    private static byte[] MutateHeader(Random random, byte[] file)
    {
        if (file.Length < 8 || BinaryPrimitives.ReadUInt64LittleEndian(file) is var length && length > (ulong)(file.Length - 8))
        {
            return file;
        }

        var header = Encoding.Latin1.GetString(file, 8, (int)length); // one character a byte
        var start = random.Next(header.Length + 1);
        var end = Math.Min(header.Length, start + random.Next(1, 30));
        var mutated = random.Next(8) switch
        {
            0 => header.Remove(start, end - start),
            1 => header.Insert(end, header[start..end]),
            2 => header.Insert(start, "{}[]\",:\\ -.0\u00ff"[random.Next(13)].ToString()),
            3 => header.Insert(start, string.Concat(Enumerable.Repeat(random.Next(2) == 0 ? "[" : "{\"a\":", 100))),
            4 => header.Insert(random.Next(header.Length + 1), header[start..end]),
            5 or 6 => ShiftRange(random, header),
            _ => ReplaceNumber(random, header),
        };
        var bytes = Encoding.Latin1.GetBytes(mutated);
        byte[] result = [.. file.AsSpan(0, 8), .. bytes, .. file.AsSpan(8 + header.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(result, bytes.Length);
        return result;
    }

    // Keeps the entry sound in itself, so that only the view of the whole file can tell that something is wrong.
    private static string ShiftRange(Random random, string header)
    {
        var ranges = OffsetRange.Matches(header);
        if (ranges.Count == 0)
        {
            return header;
        }

        var range = ranges[random.Next(ranges.Count)];
        var shift = random.Next(-8, 9);
        return long.TryParse(range.Groups["begin"].ValueSpan, CultureInfo.InvariantCulture, out var begin)
            && long.TryParse(range.Groups["end"].ValueSpan, CultureInfo.InvariantCulture, out var end)
            && end < long.MaxValue - 8
            ? string.Create(CultureInfo.InvariantCulture, $"{header[..range.Index]}[{begin + shift},{end + shift}]{header[(range.Index + range.Length)..]}")
            : header;
    }

    private static string ReplaceNumber(Random random, string header)
    {
        var numbers = Number.Matches(header);
        if (numbers.Count == 0)
        {
            return header;
        }

        var number = numbers[random.Next(numbers.Count)];
        var replacement = random.Next(3) == 0 && long.TryParse(number.ValueSpan, CultureInfo.InvariantCulture, out var value) && value < long.MaxValue
            ? (value + random.Next(-1, 2)).ToString(CultureInfo.InvariantCulture)
            : Numbers[random.Next(Numbers.Length)];
        return string.Concat(header.AsSpan(0, number.Index), replacement, header.AsSpan(number.Index + number.Length));
    }

    [GeneratedRegex(@"\[(?<begin>[0-9]+),(?<end>[0-9]+)\]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OffsetRange { get; }

    [GeneratedRegex("[0-9]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number { get; }
}
