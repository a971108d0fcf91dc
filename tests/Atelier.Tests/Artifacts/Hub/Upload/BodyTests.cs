using System.Text;
using System.Text.Json;
using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Upload;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub.Upload;

public sealed class BodyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SilenceTimer _timer = new(TimeSpan.FromMinutes(1));
    private readonly RecordingObserver _observer = new();

    public void Dispose()
    {
        _timer.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(131_071, 131_073)]
    [InlineData(131_072, 131_072)]
    [InlineData(299_999, 1)]
    [InlineData(0, 300_000)]
    public async Task A_slice_is_its_bytes_with_their_length_and_without_a_type(int start, int count)
    {
        var bytes = Bytes(300_000);
        var source = UploadSource.OfFile(_folder.Write("x", bytes));
        using var content = new SliceContent(source, start, count, _timer, new FileProgress(_observer, "x"));

        Assert.Equal(count, content.Headers.ContentLength);
        Assert.Null(content.Headers.ContentType);
        for (var i = 0; i < 2; i++)
        {
            using var sent = new MemoryStream();
            await content.CopyToAsync(sent, CancellationToken.None);
            Assert.True(bytes.AsSpan(start, count).SequenceEqual(sent.ToArray()));
            Assert.Equal(count, _observer.Positions["x"]);
        }
    }

    [Fact]
    public async Task A_file_that_grows_shrinks_or_is_rewritten_is_not_sent()
    {
        await Refused(path => File.AppendAllText(path, "more"));
        await Refused(path => File.WriteAllBytes(path, [1]));
        await Refused(path => File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc)));
    }

    [Fact]
    public async Task A_file_that_changes_while_it_is_sent_does_not_leave_whole()
    {
        var path = _folder.Write("x", Bytes(300_000));
        using var content = new SliceContent(UploadSource.OfFile(path), 0, 300_000, _timer, new FileProgress(_observer, "x"));
        _observer.OnAdvanced = (_, count) =>
        {
            if (count > 0)
            {
                File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            }
        };
        using var sent = new MemoryStream();

        var exception = await Assert.ThrowsAsync<HubException>(() => content.CopyToAsync(sent, CancellationToken.None));

        Assert.Equal(HubErrorKind.Mismatch, exception.Kind);
        Assert.True(sent.Length < 300_000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(98_303)]
    [InlineData(98_304)]
    [InlineData(98_305)]
    [InlineData(250_000)]
    public async Task A_commit_is_lines_of_json_whose_length_is_known_before(int byteCount)
    {
        var bytes = Bytes(byteCount);
        var small = Item("späce & \"quote\".json", bytes, isLarge: false);
        var large = Item("unet/x.safetensors", Bytes(9), isLarge: true);
        using var content = new CommitContent(new { summary = "Ünï", description = "", parentCommit = "abc" }, [small, large], _timer);

        using var sent = new MemoryStream();
        await content.CopyToAsync(sent, CancellationToken.None);

        Assert.Equal(content.Headers.ContentLength, sent.Length);
        Assert.Equal("application/x-ndjson", content.Headers.ContentType?.ToString());
        var lines = Encoding.UTF8.GetString(sent.ToArray()).TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["header", "file", "lfsFile"], lines.Select(line => line.GetProperty("key").GetString()));
        Assert.Equal("Ünï", lines[0].GetProperty("value").GetProperty("summary").GetString());
        Assert.Equal(small.Path, lines[1].GetProperty("value").GetProperty("path").GetString());
        Assert.Equal(bytes, lines[1].GetProperty("value").GetProperty("content").GetBytesFromBase64());
        Assert.Equal(large.ContentId, lines[2].GetProperty("value").GetProperty("oid").GetString());
        Assert.Equal(9, lines[2].GetProperty("value").GetProperty("size").GetInt64());
    }

    [Fact]
    public async Task A_small_file_whose_content_is_not_what_was_hashed_does_not_leave_whole()
    {
        var item = Item("a.json", Bytes(20), isLarge: false) with { ContentId = ContentHash.Empty };
        using var content = new CommitContent(new { summary = "x" }, [item], _timer);
        using var sent = new MemoryStream();

        Assert.Equal(HubErrorKind.Mismatch, (await Assert.ThrowsAsync<HubException>(() => content.CopyToAsync(sent, CancellationToken.None))).Kind);

        Assert.True(sent.Length < content.Headers.ContentLength);
    }

    [Fact]
    public async Task Ids_are_those_of_git_and_sha256()
    {
        var items = await FileHasher.HashAsync([Item("a", "hello\n"u8.ToArray(), isLarge: false), Item("b", "hello\n"u8.ToArray(), isLarge: true), Item("c", [], isLarge: false)], _observer, CancellationToken.None);

        // Of git hash-object, and of sha256sum.
        Assert.Equal(["ce013625030ba8dba906f756967f9e9ca394464a", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"], items.Select(item => item.ContentId));
        Assert.Equal((12, 12), _observer.Hashings.Max());
    }

    private async Task Refused(Action<string> change)
    {
        var path = _folder.Write("y", Bytes(1000));
        var source = UploadSource.OfFile(path);
        change(path);
        using var content = new SliceContent(source, 0, 1000, _timer, new FileProgress(_observer, "y"));
        var exception = await Assert.ThrowsAsync<HubException>(() => content.CopyToAsync(Stream.Null, CancellationToken.None));
        Assert.Equal(HubErrorKind.Mismatch, exception.Kind);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private UploadItem Item(string path, byte[] bytes, bool isLarge)
    {
        var id = isLarge ? HostedContent.Of(bytes).Sha256 : HostedContent.Of(bytes).BlobId;
        return new UploadItem(path, UploadSource.OfFile(_folder.Write($"{path.Replace('/', '_')}-{bytes.Length}", bytes))) { IsLarge = isLarge, ContentId = id };
    }
}
