using System.Diagnostics;
using Atelier.Artifacts.Pickles;
using Atelier.Artifacts.Tensors;
using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests.Artifacts.Pickles;

/// <summary>Damages sound files at random, always the same way, and checks that what is still accepted is safe to use.</summary>
public sealed class PickleFuzzTests : IDisposable
{
    private static readonly byte[] Instructions = [.. Enum.GetValues<PickleInstruction>().Select(instruction => (byte)instruction)];

    private static readonly byte[][] Numbers = [[0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0x80], [1, 0, 0, 0], [0, 0, 1, 0]];

    private static readonly byte[][] Seeds = [.. Sound()];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Mutated_files_are_refused_or_safe()
    {
        const int caseCount = 6_000;
        const long allowedByteCount = 1_000_000;
        var random = new Random(20_261_124);
        var (acceptedCount, longestAllocation) = (0, 0L);
        var clock = new Stopwatch();
        for (var index = 0; index < caseCount; index++)
        {
            var file = Mutants.Make(Seeds, random, MutateOnce);
            var path = _folder.Write("fuzz.bin", file);
            var before = GC.GetAllocatedBytesForCurrentThread();
            clock.Start();
            var isAccepted = IsReadable(path, file.Length);
            clock.Stop();
            longestAllocation = Math.Max(longestAllocation, GC.GetAllocatedBytesForCurrentThread() - before);
            acceptedCount += isAccepted ? 1 : 0;
        }

        Assert.InRange(longestAllocation, 1, allowedByteCount);
        Assert.InRange(acceptedCount, caseCount / 100, caseCount * 3 / 4); // the mutations neither miss nor destroy everything
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
    }

    private static bool IsReadable(string path, long fileByteCount)
    {
        try
        {
            using var file = PickleFile.Open(path);
            foreach (var (name, entry) in file.Entries)
            {
                Assert.Equal(name, entry.Name);
                Assert.InRange(entry.ByteOffset, 0, fileByteCount);
                Assert.InRange(entry.ByteCount, 0, fileByteCount);
                Assert.Equal(entry.Shape.Aggregate((Int128)entry.ElementType.ByteCount(), static (product, extent) => product * extent), entry.ByteCount);
                file.CopyTo(entry, Stream.Null);
            }

            return true;
        }
        catch (TensorFileException exception)
        {
            Assert.StartsWith(path, exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', exception.Message);
            Assert.True(exception.Message.Length < 1000);
            return false;
        }
    }

    private static IEnumerable<byte[]> Sound()
    {
        SavedTensor[] tensors =
        [
            SavedTensor.Whole("a", ElementType.F32, new byte[24], 2, 3) with { Key = "0" },
            new("t", ElementType.F32, "0", new byte[24], 0, [3, 2], [1, 3]),
            new("end", ElementType.I64, "1", new byte[40], 2, [3], [1]),
            SavedTensor.Whole("b", ElementType.BF16, new byte[2]) with { Key = "2" },
        ];
        yield return TorchFile.Zip(tensors);
        yield return TorchFile.Zip(TorchFile.Pickle(tensors), TorchFile.Storages(tensors), isWide: true);
        yield return TorchFile.Zip(tensors, isNested: true, areParameters: true);
        yield return TorchFile.Legacy(tensors);
        var python = Path.Combine(GoldenFolder.RepositoryRoot, "tests", "Fixtures", "pickles");
        yield return File.ReadAllBytes(Path.Combine(python, "zip-4.bin"));
        yield return File.ReadAllBytes(Path.Combine(python, "legacy-2.bin"));
        yield return File.ReadAllBytes(Path.Combine(python, "legacy-5.bin"));
    }

    private static byte[] MutateOnce(Random random, byte[] file)
    {
        var start = random.Next(file.Length);
        var end = Math.Min(file.Length, start + random.Next(1, 30));
        switch (random.Next(8))
        {
            case 0: // a bit anywhere
                file[start] ^= (byte)(1 << random.Next(8));
                return file;
            case 1: // another instruction, where one may be
                file[start] = Instructions[random.Next(Instructions.Length)];
                return file;
            case 2: // another small number
                file[start] = (byte)random.Next(10);
                return file;
            case 3: // an enormous number
                Numbers[random.Next(Numbers.Length)].AsSpan(0, Math.Min(4, file.Length - start)).CopyTo(file.AsSpan(start));
                return file;
            case 4: // one part in place of another
                var target = random.Next(file.Length);
                file.AsSpan(start, Math.Min(end - start, file.Length - target)).CopyTo(file.AsSpan(target));
                return file;
            case 5: // something is lost
                return file.Length < 40 ? file : [.. file[..start], .. file[end..]];
            case 6: // something is doubled
                return [.. file[..end], .. file[start..]];
            default: // the end is lost
                return file.Length < 40 || random.Next(4) > 0 ? file : file[..^random.Next(1, 30)];
        }
    }
}
