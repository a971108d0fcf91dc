using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests.Artifacts;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> GoldenFiles => [.. Directory.EnumerateFiles(GoldenFolder.Root, "*.safetensors", SearchOption.AllDirectories)
        .Select(static file => Path.GetRelativePath(GoldenFolder.Root, file))
        .Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void Every_golden_file_is_read_and_written_back_identically(string file)
    {
        var path = GoldenFolder.At(file);
        using var source = SafetensorsFile.Open(path);

        Assert.NotEmpty(source.Entries);
        SafetensorsWriter.Write(
            _folder.At("copy.safetensors"),
            source.Entries.Values.Reverse().Select(entry => new TensorContent(entry.Name, entry.ElementType, entry.Shape.AsSpan(), stream => source.CopyTo(entry, stream))),
            source.Metadata.Count == 0 ? null : source.Metadata);

        var original = File.ReadAllBytes(path);
        var copy = File.ReadAllBytes(_folder.At("copy.safetensors"));
        if (source.Metadata.Count <= 1)
        {
            Assert.True(original.AsSpan().SequenceEqual(copy)); // with more, the reference library leaves the order of the metadata open
        }

        using var again = SafetensorsFile.Open(_folder.At("copy.safetensors"));
        Assert.Equal(source.Metadata.OrderBy(pair => pair.Key), again.Metadata.OrderBy(pair => pair.Key));
        Assert.Equal(source.Entries.Keys, again.Entries.Keys);
        Assert.All(source.Entries.Values, entry => Assert.True(source.Bytes(entry).SequenceEqual(again.Bytes(again.Entry(entry.Name)))));
    }

    [Fact]
    public void Golden_values_are_where_the_header_says()
    {
        using var file = SafetensorsFile.Open(GoldenFolder.At("scheduler", "ddim-logprob.safetensors"));
        var entry = file.Entry("1.timesteps");

        Assert.Equal(ElementType.I64, entry.ElementType);
        Assert.Equal([10], entry.Shape);
        var timesteps = MemoryMarshal.Cast<byte, long>(file.Bytes(entry)).ToArray();
        Assert.Equal(timesteps.OrderDescending(), timesteps);
        Assert.All(timesteps, timestep => Assert.InRange(timestep, 0, 999));
    }

    [Fact]
    public void Every_way_to_read_gives_the_same_bytes()
    {
        using var file = SafetensorsFile.Open(Sound("a.safetensors"));
        var entry = file.Entry("x");
        byte[] expected = [1, 2, 3, 4, 5];

        var copy = new byte[6];
        file.CopyTo(entry, copy);
        using var stream = new MemoryStream();
        file.CopyTo(entry, stream);

        Assert.Equal(expected, file.Bytes(entry));
        Assert.Equal([.. expected, 0], copy);
        Assert.Equal(expected, stream.ToArray());
        Assert.Equal<byte>([3, 4], file.Bytes(entry, 2, 2).ToArray());
        Assert.True(file.Bytes(entry, 5, 0).IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(entry, 4, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(entry, -1, 2).Length);
        Assert.Throws<ArgumentException>(() => file.CopyTo(entry, new byte[4]));
        Assert.True(file.Bytes(file.Entry("empty")).IsEmpty);
    }

    [Fact]
    public void Writing_to_the_mapping_leaves_the_file_alone()
    {
        var path = Sound("a.safetensors");
        var before = File.ReadAllBytes(path);
        using (var file = SafetensorsFile.Open(path))
        {
            MemoryMarshal.GetReference(file.Bytes(file.Entry("x"))) = 99;
            Assert.Equal(99, file.Bytes(file.Entry("x"))[0]);
        }

        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void Missing_tensor_is_named()
    {
        using var file = SafetensorsFile.Open(Sound("a.safetensors"));

        RawFile.Check(Assert.Throws<TensorFileException>(() => file.Entry("absent")), file.FileName, "absent");
    }

    [Fact]
    public void Entry_of_another_file_is_refused()
    {
        using var file = SafetensorsFile.Open(Sound("a.safetensors"));
        var stranger = file.Entry("x") with { ByteOffset = 1L << 40 };

        Assert.Throws<ArgumentException>(() => file.Bytes(stranger).Length);
    }

    [Fact]
    public void Disposed_file_gives_no_bytes()
    {
        var file = SafetensorsFile.Open(Sound("a.safetensors"));
        var entry = file.Entry("x");
        file.Dispose();
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.Bytes(entry).Length);
    }

    [Fact]
    public void Damaged_file_is_named_and_released()
    {
        var path = _folder.Write("damaged.safetensors", RawFile.WithClaimedLength(1000));

        RawFile.Check(Assert.Throws<TensorFileException>(() => SafetensorsFile.Open(path)), path, null);
        File.WriteAllBytes(path, []); // nothing holds it open any more
        RawFile.Check(Assert.Throws<TensorFileException>(() => SafetensorsFile.Open(path)), path, null);
    }

    [Fact]
    public void Absent_file_is_an_io_error() => Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(_folder.At("absent.safetensors")));

    [Fact]
    public void Tensor_of_more_than_2_GiB_is_read_in_parts()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs a file system with sparse files.");
        const long byteCount = int.MaxValue + 100L;
        var header = Encoding.UTF8.GetBytes($$$"""{"big":{"dtype":"U8","shape":[{{{byteCount}}}],"data_offsets":[0,{{{byteCount}}}]},"next":{"dtype":"U8","shape":[1],"data_offsets":[{{{byteCount}}},{{{byteCount + 1}}}]}}""");
        var path = _folder.At("big.safetensors");
        using (var stream = File.Create(path))
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            stream.Seek(byteCount - 1, SeekOrigin.Current);
            stream.Write([7, 8]);
        }

        using var file = SafetensorsFile.Open(path);
        var big = file.Entry("big");

        Assert.Equal(byteCount, big.ElementCount);
        Assert.Equal<byte>([0, 7], file.Bytes(big, byteCount - 2, 2).ToArray());
        Assert.Equal<byte>([8], file.Bytes(file.Entry("next")).ToArray());
        Assert.Throws<ArgumentException>(() => file.Bytes(big).Length);
    }

    private string Sound(string name)
    {
        SafetensorsWriter.Write(
            _folder.At(name),
            [
                new TensorContent("x", ElementType.U8, [5], new byte[] { 1, 2, 3, 4, 5 }),
                new TensorContent("empty", ElementType.F32, [3, 0], ReadOnlyMemory<byte>.Empty),
            ]);
        return _folder.At(name);
    }
}
