using Atelier.Diffusion.Native;
using Xunit;

namespace Atelier.Tests.Diffusion.Native;

public class NativeLibraryFixTests
{
    private const int HeaderByteCount = 64;

    [Fact]
    public void The_packages_library_is_marked_once()
    {
        var original = Library();
        var image = original.ToArray();

        Assert.True(NativeLibraryFix.TryMarkWeak(image));

        var changed = Enumerable.Range(0, image.Length).Where(i => image[i] != original[i]).ToArray();
        Assert.Equal(original[Assert.Single(changed)] | 2, image[changed[0]]); // the flag is VER_FLG_WEAK
        var patched = image.ToArray();
        Assert.False(NativeLibraryFix.TryMarkWeak(image));
        Assert.Equal(patched, image);
    }

    [Fact]
    public void Other_kinds_of_files_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => NativeLibraryFix.TryMarkWeak([]));
        Assert.Throws<InvalidDataException>(() => NativeLibraryFix.TryMarkWeak("MZ"u8.ToArray()));
        Assert.Throws<InvalidDataException>(() => NativeLibraryFix.TryMarkWeak(new byte[4096]));
        foreach (var (offset, value) in new[] { (0, 0), (1, 'e'), (4, 1), (5, 2) }) // magic twice, 32 bits, big-endian
        {
            var image = Library();
            image[offset] = (byte)value;
            Assert.Contains("not a 64-bit little-endian ELF file", Assert.Throws<InvalidDataException>(() => NativeLibraryFix.TryMarkWeak(image)).Message);
        }
    }

    [Fact]
    public void Truncated_files_are_refused()
    {
        var whole = Library();
        foreach (var length in Enumerable.Range(0, HeaderByteCount + 1).Concat([200, 4096, whole.Length / 2, whole.Length - 4096]))
        {
            var image = whole[..length];
            Assert.Throws<InvalidDataException>(() => NativeLibraryFix.TryMarkWeak(image)); // the table of sections is at the end
            Assert.Equal(whole[..length], image);
        }
    }

    [Fact]
    public void A_file_without_sections_needs_nothing()
    {
        var image = Library();
        (image[0x3C], image[0x3D]) = (0, 0); // e_shnum
        Assert.False(NativeLibraryFix.TryMarkWeak(image));
    }

    [Fact]
    public void A_library_that_uses_a_symbol_of_that_version_is_refused()
    {
        var image = Library();
        var marker = "_ZSt21ios_base_library_initv\0"u8;
        int at = image.AsSpan().IndexOf(marker);
        Assert.True(at > 0);
        image[at + 5] = (byte)'X';
        Assert.Contains("It uses _ZSt2Xios", Assert.Throws<InvalidDataException>(() => NativeLibraryFix.TryMarkWeak(image)).Message);
    }

    // Half of the damage lies where the code reads: in the header, the section table and the version table.
    [Fact]
    public void Damaged_files_never_hang_nor_end_in_another_exception()
    {
        const int Rounds = 4000;
        var image = Library();
        var original = image.ToArray();
        var sections = (int)BitConverter.ToUInt64(image, 0x28);
        var versions = (int)VersionTable(image, sections);
        var random = new Random(7);
        var outcomes = new int[3];
        for (var round = 0; round < Rounds; round++)
        {
            var damaged = new List<int>();
            for (var i = random.Next(1, 9); i > 0; i--)
            {
                var at = random.Next(4) switch
                {
                    0 => random.Next(HeaderByteCount),
                    1 => random.Next(sections, image.Length),
                    2 => versions + random.Next(512),
                    _ => random.Next(image.Length),
                };
                image[at] = random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => (byte)random.Next(256) };
                damaged.Add(at);
            }

            var isMarked = false;
            try
            {
                isMarked = NativeLibraryFix.TryMarkWeak(image);
                outcomes[isMarked ? 0 : 1]++;
            }
            catch (InvalidDataException)
            {
                outcomes[2]++;
            }

            foreach (var at in damaged)
            {
                image[at] = original[at];
            }

            if (isMarked)
            {
                original.AsSpan().CopyTo(image); // the mark itself
            }
        }

        Assert.Equal(Rounds, outcomes.Sum());
        Assert.All(outcomes, count => Assert.True(count > 0, string.Join(", ", outcomes)));
    }

    // A chain whose records overlap byte by byte is as slow as it gets; it still ends at the file's end.
    [Fact]
    public void Chains_that_creep_end()
    {
        var image = Library();
        var sections = (int)BitConverter.ToUInt64(image, 0x28);
        var versions = (int)VersionTable(image, sections);
        for (var i = 0; i + 4 <= 4096; i += 4)
        {
            BitConverter.TryWriteBytes(image.AsSpan(versions + i), 4);
        }

        var exception = Record.Exception(() => NativeLibraryFix.TryMarkWeak(image));
        Assert.True(exception is null or InvalidDataException, $"{exception}");
    }

    [Fact]
    public void Preparing_again_does_nothing()
    {
        TorchRuntime.EnsureLoadable();
        TorchRuntime.EnsureLoadable();
        TorchRuntime.UseThreads(0);
        Assert.Throws<ArgumentOutOfRangeException>(() => TorchRuntime.UseThreads(-1));
    }

    private static long VersionTable(byte[] image, int sections)
    {
        var count = BitConverter.ToUInt16(image, 0x3C);
        var header = Enumerable.Range(0, count).Select(i => sections + (64 * i)).Single(at => BitConverter.ToUInt32(image, at + 4) == 0x6ffffffe);
        return BitConverter.ToInt64(image, header + 24);
    }

    private static byte[] Library()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        Assert.SkipUnless(File.Exists(path), $"{path} is not there: this build uses another native package.");
        return File.ReadAllBytes(path);
    }
}
