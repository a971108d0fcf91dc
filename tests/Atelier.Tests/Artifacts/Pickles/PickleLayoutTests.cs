using Atelier.Artifacts.Pickles;
using Atelier.Artifacts.Tensors;
using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests.Artifacts.Pickles;

/// <summary>Files that are truncated, damaged or of another kind are refused, with one line that says so.</summary>
public sealed class PickleLayoutTests : IDisposable
{
    private const string FileName = "weights.bin";

    private static readonly SavedTensor[] Tensors = [SavedTensor.Whole("a", ElementType.F32, [1, 2, 3, 4, 5, 6, 7, 8], 2) with { Key = "0" }, SavedTensor.Whole("b", ElementType.U8, [9], 1) with { Key = "1" }];

    private static readonly byte[] Pickle = TorchFile.Pickle(Tensors);

    private static readonly byte[] LegacyPickle = TorchFile.Pickle(Tensors, isLegacy: true);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Truncated_files_are_refused_wherever_they_end()
    {
        foreach (var file in (byte[][])[TorchFile.Zip(Tensors), TorchFile.Zip(Pickle, TorchFile.Storages(Tensors), isWide: true), TorchFile.Legacy(Tensors)])
        {
            for (var length = 0; length < file.Length; length++)
            {
                Refused(file[..length], "");
            }

            Refused([.. file, 0], "");
        }
    }

    [Fact]
    public void Files_of_other_kinds_are_refused_by_what_they_are()
    {
        Refused([], "it is no file that PyTorch wrote: neither a zip file nor a pickle");
        Refused("version https://git-lfs.github.com/spec/v1"u8.ToArray(), "neither a zip file nor a pickle");
        var tar = new byte[1024];
        "storages"u8.CopyTo(tar);
        "ustar"u8.CopyTo(tar.AsSpan(257));
        Refused(tar, "it is a tar file, as PyTorch wrote before 0.1.10");
        Refused(new PickleWriter().Do("}").End(), "it is a pickle, but none that PyTorch wrote as a file");
    }

    [Fact]
    public void Zip_files_that_PyTorch_did_not_write_are_refused()
    {
        Refused(new ZipWriter().End(), "neither a zip file");
        Refused(Zip(archive => archive.Add("archive/other.pkl", Pickle)), "0 entries '*/data.pkl'");
        Refused(Zip(archive => archive.Add("data.pkl", Pickle)), "0 entries '*/data.pkl'");
        Refused(Zip(archive => archive.Add("a/b/data.pkl", Pickle)), "0 entries '*/data.pkl'");
        Refused(
            Zip(archive =>
            {
                archive.Add("a/data.pkl", Pickle);
                archive.Add("b/data.pkl", Pickle);
            }),
            "2 entries '*/data.pkl'");
        Refused(
            Zip(archive =>
            {
                archive.Add("a/data.pkl", Pickle);
                archive.Add("a/data.pkl", Pickle);
            }),
            "holds the entry 'a/data.pkl' twice");
    }

    [Fact]
    public void Compressed_and_encrypted_entries_are_refused()
    {
        Refused(Zip(archive => archive.Add("archive/data.pkl", Pickle, method: 8)), "'archive/data.pkl' is compressed or encrypted");
        Refused(Zip(archive => archive.Add("archive/data.pkl", Pickle, flags: 0x0809)), "'archive/data.pkl' is compressed or encrypted");
        Refused(WithStorage(archive => archive.Add("archive/data/0", Tensors[0].Storage, method: 8)), "'archive/data/0' is compressed or encrypted");
    }

    [Fact]
    public void Entries_that_are_not_where_the_directory_says_are_refused()
    {
        Refused(WithStorage(archive => archive.Add("archive/data/0", Tensors[0].Storage, headerOffset: 1)), "'archive/data/0' is not where its directory says");
        Refused(WithStorage(archive => archive.Add("archive/data/0", Tensors[0].Storage, headerOffset: 0)), "'archive/data/0' is not where its directory says"); // another entry's
        Refused(WithStorage(archive => archive.Add("archive/data/0", Tensors[0].Storage, headerOffset: 1_000_000)), "'archive/data/0' lies outside the file");
        Refused(WithStorage(archive => archive.Add("archive/data/0", Tensors[0].Storage, headerOffset: uint.MaxValue)), "a number of its entry 'archive/data/0' is missing");
        Refused(WithStorage(archive => archive.Add("archive/data/0", Tensors[0].Storage, byteCount: 1_000_000)), "'archive/data/0' does not end before its directory");
        Refused(WithStorage(archive => archive.Add("archive/data/0", Tensors[0].Storage, byteCount: 7)), "storage '0' has 7 bytes instead of 8");
        Refused(WithStorage(static _ => { }), "it lacks the storage '0'");
        var archive = new ZipWriter(isWide: true);
        archive.Add("archive/data.pkl", Pickle);
        Refused(archive.End(directoryOffset: 1 << 30), "its directory lies outside the file");
    }

    [Theory]
    [InlineData(1 << 30)]
    [InlineData(-1)]
    [InlineData(2)]
    public void Directories_do_not_have_more_entries_than_they_have_room_for(int count)
    {
        var archive = new ZipWriter(isWide: true);
        archive.Add("archive/data.pkl", Pickle);

        Refused(archive.End(count), "directory");
    }

    [Fact]
    public void Big_endian_files_are_refused()
    {
        Refused(TorchFile.Zip(Pickle, TorchFile.Storages(Tensors), byteOrder: "big"), "its numbers are not little-endian");
        Refused(TorchFile.Legacy(LegacyPickle, LegacyStorages(), isLittleEndian: false), "its numbers are not little-endian");
    }

    [Fact]
    public void Storages_of_the_older_format_are_those_that_the_value_refers_to()
    {
        PickleFile.Open(_folder.Write(FileName, TorchFile.Legacy(LegacyPickle, LegacyStorages()))).Dispose();

        Refused(TorchFile.Legacy(LegacyPickle, LegacyStorages(), version: 1002), "none that PyTorch wrote");
        Refused(TorchFile.Legacy(LegacyPickle, [LegacyStorages()[0]]), "its 1 of 2 storages end at byte");
        Refused(TorchFile.Legacy(LegacyPickle, [.. LegacyStorages(), ("2", 1, [0])]), "its list of storages is not that");
        Refused(TorchFile.Legacy(LegacyPickle, [.. LegacyStorages(), LegacyStorages()[0]]), "its list of storages is not that");
        foreach (var count in (long[])[1, 3, -1, long.MaxValue, long.MinValue])
        {
            Refused(TorchFile.Legacy(LegacyPickle, [("0", count, Tensors[0].Storage), LegacyStorages()[1]]), "its storage '0' does not have 2 elements");
        }
    }

    [Fact]
    public void Absent_file_is_an_io_error() => Assert.Throws<FileNotFoundException>(() => PickleFile.Open(_folder.At("absent.bin")));

    private static List<(string Key, long Count, byte[] Bytes)> LegacyStorages() => [("0", 2, Tensors[0].Storage), ("1", 1, Tensors[1].Storage)];

    private static byte[] WithStorage(Action<ZipWriter> add) => Zip(archive =>
    {
        archive.Add("archive/data.pkl", Pickle);
        add(archive);
        archive.Add("archive/data/1", Tensors[1].Storage);
    });

    private static byte[] Zip(Action<ZipWriter> add)
    {
        var archive = new ZipWriter();
        add(archive);
        return archive.End();
    }

    private void Refused(byte[] file, string problem)
    {
        var path = _folder.Write(FileName, file);

        var exception = Assert.Throws<TensorFileException>(() => PickleFile.Open(path).Dispose());

        RawFile.Check(exception, path, null);
        Assert.Contains(problem, exception.Problem, StringComparison.Ordinal);
    }
}
