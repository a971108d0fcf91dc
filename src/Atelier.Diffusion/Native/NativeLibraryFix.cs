using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;
using System.Text;

namespace Atelier.Diffusion.Native;

/// <summary>
/// Lets TorchSharp's Linux library load where libstdc++ is older than GCC 13.2's (Debian 12, Ubuntu 22.04, RHEL 9).
/// </summary>
/// <remarks>
/// TorchSharp 0.107.0's <c>libLibTorchSharp.so</c> lists the symbol version <c>GLIBCXX_3.4.32</c> as required, so the dynamic linker refuses it there.
/// The one symbol of that version, <c>std::ios_base_library_init()</c>, is a marker: no relocation refers to it, and libtorch itself initialises the standard streams.
/// So it is enough to flag that entry of the file's version table as weak ("may be missing"). This class does that in a copy, in a per-user cache;
/// the package's own file is not touched. It runs only after the normal load has failed, and does nothing anywhere else.
/// </remarks>
internal static class NativeLibraryFix
{
    private const string LibraryName = "LibTorchSharp"; // as TorchSharp's DllImports spell it
    private const string FileName = "libLibTorchSharp.so";
    private const string MissingVersion = "GLIBCXX_3.4.32";
    private const string HarmlessSymbol = "_ZSt21ios_base_library_initv";
    private const string Remedy = "Use a system with GCC 13.2's libstdc++ or newer (Debian 13, Ubuntu 24.04, RHEL 10)."
        + " If the copy could not be written or mapped, set XDG_CACHE_HOME to a folder that is writable and not mounted noexec.";

    private static readonly Lazy<nint> PatchedLibrary = new(LoadPatchedCopy);

    /// <summary>Installs the handler. Runs when the first code of this assembly does, so before its first torch call.</summary>
#pragma warning disable CA2255 // every torch call of the product goes through this assembly, so this is where it must be prepared
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Install()
    {
        TorchRuntime.LimitSpinning();
        TorchRuntime.PreferAvx2();
        if (OperatingSystem.IsLinux() && AssemblyLoadContext.GetLoadContext(typeof(NativeLibraryFix).Assembly) is { } context)
        {
            context.ResolvingUnmanagedDll += static (_, name) => name == LibraryName ? PatchedLibrary.Value : 0;
        }
    }

    private static nint LoadPatchedCopy()
    {
        // No such file: a package reference is missing, which TorchSharp's own message explains better than this class can.
        if (Find(FileName) is not { } original)
        {
            return 0;
        }

        try
        {
            byte[] image = File.ReadAllBytes(original);
            if (!TryMarkWeak(image))
            {
                return 0; // it does not ask for that version, so something else is wrong: leave it to the runtime's message
            }

            // The copy lies alone in its folder, so what it needs must be in the process before it.
            foreach (string dependency in (ReadOnlySpan<string>)["libc10.so", "libtorch_cpu.so", "libtorch.so"])
            {
                NativeLibrary.Load(Find(dependency) ?? throw new DllNotFoundException($"{dependency} is in none of: {string.Join(", ", SearchFolders())}."));
            }

            return NativeLibrary.Load(WriteToCache(image));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or DllNotFoundException)
        {
            throw new DllNotFoundException(
                $"{original} needs {MissingVersion}, which this system's libstdc++ lacks, and a corrected copy could not be made or loaded: {exception.Message} {Remedy}",
                exception);
        }
    }

    private static string? Find(string file) => SearchFolders().Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> SearchFolders()
    {
        string torchSharp = Path.GetDirectoryName(typeof(TorchSharp.torch).Assembly.Location) is { Length: > 0 } known ? known : AppContext.BaseDirectory;
        var fromHost = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var besideApp = new[] { AppContext.BaseDirectory, torchSharp }.SelectMany(folder => new[] { folder, Path.Combine(folder, "runtimes", "linux-x64", "native") });

        // Scripts load TorchSharp.dll from packages/torchsharp/VERSION/lib/TFM: there the native files lie in that package and in libtorch's.
        string package = Path.GetFullPath(Path.Combine(torchSharp, "..", ".."));
        string libtorch = Path.GetFullPath(Path.Combine(package, "..", "..", "libtorch-cpu-linux-x64"));
        var inPackages = (Directory.Exists(libtorch) ? Directory.GetDirectories(libtorch) : [])
            .OrderByDescending(folder => Version.TryParse(Path.GetFileName(folder), out Version? version) ? version : null)
            .Prepend(package)
            .Select(folder => Path.Combine(folder, "runtimes", "linux-x64", "native"));

        return fromHost.Concat(besideApp).Concat(inPackages).Where(Directory.Exists).Distinct(StringComparer.Ordinal);
    }

    /// <summary>Writes the image under a name that its content decides; two processes may do so at once.</summary>
    private static string WriteToCache(byte[] image)
    {
        string root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } chosen
            ? chosen
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        if (!Path.IsPathRooted(root))
        {
            throw new IOException("There is no home folder to keep it in.");
        }

        string folder = Directory.CreateDirectory(Path.Combine(root, "atelier", "native")).FullName;
        string path = Path.Combine(folder, $"{Convert.ToHexStringLower(SHA256.HashData(image))[..16]}-{FileName}");
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(image))
        {
            return path;
        }

        string temporary = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllBytes(temporary, image);
        File.Move(temporary, path, overwrite: true); // rename(2): whoever looks sees the whole old file or the whole new one
        return path;
    }

    /// <summary>Sets VER_FLG_WEAK on the entry for GLIBCXX_3.4.32 in a 64-bit little-endian ELF file's table of needed versions.</summary>
    /// <returns>False when the file has no such entry, or has it weak already.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, of another kind, or truly uses a symbol of that version.</exception>
    internal static bool TryMarkWeak(byte[] image)
    {
        const ushort Weak = 2;
        var elf = new Elf(image);
        if (elf.Find(Elf.NeededVersions) is not { } needs)
        {
            return false;
        }

        foreach (long library in elf.Chain(needs.Offset)) // Elf64_Verneed: one for each library
        {
            foreach (long version in elf.Chain(library + elf.U32(library + 8))) // Elf64_Vernaux: one for each version of it
            {
                ushort flags = elf.U16(version + 4);
                if (elf.Name(needs, elf.U32(version + 8)) != MissingVersion || (flags & Weak) != 0)
                {
                    continue;
                }

                if (elf.SymbolsOfVersion(elf.U16(version + 6)).FirstOrDefault(symbol => symbol != HarmlessSymbol) is { } used)
                {
                    throw new InvalidDataException($"It uses {used}, which a system without {MissingVersion} does not have.");
                }

                BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan((int)version + 4), (ushort)(flags | Weak));
                return true;
            }
        }

        return false;
    }

    /// <summary>The little of an ELF file that is needed here. Every read is checked against the file's length.</summary>
    private sealed class Elf
    {
        public const uint NeededVersions = 0x6ffffffe; // SHT_GNU_verneed
        private const uint SymbolVersions = 0x6fffffff; // SHT_GNU_versym
        private readonly byte[] _image;

        public Elf(byte[] image)
        {
            _image = image;
            if (!image.AsSpan().StartsWith("\u007fELF\u0002\u0001"u8)) // class 2: 64-bit; data 1: little-endian
            {
                throw new InvalidDataException("It is not a 64-bit little-endian ELF file.");
            }
        }

        public ushort U16(long offset) => BinaryPrimitives.ReadUInt16LittleEndian(From(offset, sizeof(ushort)));

        public uint U32(long offset) => BinaryPrimitives.ReadUInt32LittleEndian(From(offset, sizeof(uint)));

        /// <summary>Walks records that end in the distance to the next one, as both kinds here do, at byte 12; the last one says 0.</summary>
        public IEnumerable<long> Chain(long record)
        {
            yield return record;
            for (uint distance; (distance = U32(record + 12)) != 0;)
            {
                yield return record += distance;
            }
        }

        public Section? Find(uint type) => Enumerable.Range(0, U16(0x3C)).Select(i => SectionAt((uint)i)).FirstOrDefault(section => section.Type == type);

        /// <summary>Reads a zero-terminated name from the string table that belongs to a section.</summary>
        public string Name(Section owner, uint index)
        {
            ReadOnlySpan<byte> text = From(SectionAt(owner.Link).Offset + index, 1);
            return Encoding.ASCII.GetString(text[..Math.Max(0, text.IndexOf((byte)0))]);
        }

        /// <summary>The names of the dynamic symbols that are bound to a version.</summary>
        public IEnumerable<string> SymbolsOfVersion(ushort version)
        {
            if (Find(SymbolVersions) is not { } versions)
            {
                yield break;
            }

            Section symbols = SectionAt(versions.Link); // parallel to versions: 24 bytes here (Elf64_Sym), 2 bytes there, whose top bit says "hidden"
            for (long i = 0; i < versions.Size / 2; i++)
            {
                if ((U16(versions.Offset + (2 * i)) & 0x7FFF) == version)
                {
                    yield return Name(symbols, U32(symbols.Offset + (24 * i)));
                }
            }
        }

        private Section SectionAt(uint index)
        {
            long header = U64(0x28) + (index * (long)U16(0x3A)); // Elf64_Shdr
            return new(U32(header + 4), U64(header + 24), U64(header + 32), U32(header + 40));
        }

        private long U64(long offset) => BinaryPrimitives.ReadInt64LittleEndian(From(offset, sizeof(ulong)));

        private ReadOnlySpan<byte> From(long offset, int length) =>
            offset >= 0 && offset <= _image.Length - length
                ? _image.AsSpan((int)offset)
                : throw new InvalidDataException($"It is damaged: it refers to byte {offset}, but has {_image.Length}.");
    }

    private sealed record Section(uint Type, long Offset, long Size, uint Link);
}
