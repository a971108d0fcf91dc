using System.Diagnostics;
using System.Net.Sockets;
using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Upload;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub.Upload;

public sealed class LocalFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_is_uploaded_without_what_belongs_to_git_and_to_downloads()
    {
        foreach (var path in new[] { "a.txt", "unet/x.json", ".gitignore", ".git/config", "sub/.git/HEAD", ".cache/huggingface/download/x", "sub/.cache/huggingface/y", "sub/.GIT/z" })
        {
            Write(path);
        }

        Assert.Equal([".gitignore", "a.txt", "unet/x.json"], Paths(Request(folder: _folder.Root)));
    }

    [Fact]
    public void A_git_file_of_a_worktree_is_left_out_too()
    {
        Write("a.txt");
        Write(".git");

        Assert.Equal(["a.txt"], Paths(Request(folder: _folder.Root)));
    }

    [Fact]
    public void A_folder_can_go_to_a_folder_of_the_repository()
    {
        Write("unet/x.json");

        Assert.Equal(["models/one/unet/x.json"], Paths(Request(folder: _folder.Root) with { FolderPath = "/models/one/" }));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../x")]
    [InlineData("/x")]
    [InlineData("a//b")]
    [InlineData(@"a\b")]
    [InlineData("C:x")]
    [InlineData("")]
    [InlineData("a/.git/config")]
    [InlineData(".cache/other/x")]
    [InlineData("a/.Cache/x")]
    [InlineData("a\nb")]
    public void A_path_that_the_hub_or_a_file_system_would_read_otherwise_is_refused(string path)
    {
        Write("x");

        var exception = Assert.Throws<HubException>(() => Paths(Request(new HubUploadFile(path, _folder.At("x")))));

        Assert.Equal(HubErrorKind.InvalidName, exception.Kind);
        Assert.True(exception.IsRequestFault);
    }

    [Fact]
    public void Anything_else_in_a_folders_cache_folder_is_refused_and_not_forgotten()
    {
        Write("a.txt");
        Write(".cache/mine/x");

        Assert.Contains(".cache/mine/x", Assert.Throws<HubException>(() => Paths(Request(folder: _folder.Root))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_files_for_one_path_are_refused()
    {
        Write("x");
        Write("README.md");
        var file = new HubUploadFile("a", _folder.At("x"));

        Assert.Equal(HubErrorKind.InvalidName, Assert.Throws<HubException>(() => Paths(Request(file, file))).Kind);
        Assert.Equal(HubErrorKind.InvalidName, Assert.Throws<HubException>(() => Paths(Request(folder: _folder.Root) with { Card = "# A card" })).Kind);
        Assert.Equal(HubErrorKind.InvalidName, Assert.Throws<HubException>(() => Paths(Request(file, new HubUploadFile("a/b", _folder.At("x"))))).Kind);
    }

    [Fact]
    public void A_missing_file_a_missing_folder_and_an_empty_folder_are_named()
    {
        Assert.Contains("nothing.txt", Assert.Throws<HubException>(() => Paths(Request(new HubUploadFile("a", _folder.At("nothing.txt"))))).Message, StringComparison.Ordinal);
        Assert.Contains("nowhere", Assert.Throws<HubException>(() => Paths(Request(folder: _folder.At("nowhere")))).Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Root, Assert.Throws<HubException>(() => Paths(Request(folder: _folder.Root))).Message, StringComparison.Ordinal);
        Assert.Throws<HubException>(() => Paths(Request()));
    }

    [Fact]
    public void A_link_to_a_file_stands_for_the_file_and_a_link_to_a_folder_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows makes links only for those who may.");
        Write("blobs/one", "four");
        Directory.CreateDirectory(_folder.At("snapshot"));
        File.CreateSymbolicLink(_folder.At("snapshot/x.json"), "../blobs/one");

        var item = Assert.Single(LocalFiles.Collect(Request(folder: _folder.At("snapshot"))));
        Assert.Equal(4, item.Source.ByteCount);

        Directory.CreateSymbolicLink(_folder.At("snapshot/loop"), "../snapshot");
        Assert.Equal(HubErrorKind.InvalidName, Assert.Throws<HubException>(() => Paths(Request(folder: _folder.At("snapshot")))).Kind);
    }

    [Theory]
    [InlineData("mkfifo up/x")]
    [InlineData("mkfifo pipe && ln -s ../pipe up/x")]
    [InlineData("ln -s /dev/zero up/x")]
    public async Task What_is_no_regular_file_is_refused_and_not_waited_for(string command)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such files in folders.");
        Write("up/a.txt");
        using (var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { WorkingDirectory = _folder.Root })!)
        {
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var collecting = Task.Run(() => Paths(Request(folder: _folder.At("up"))), TestContext.Current.CancellationToken);
        var exception = await Assert.ThrowsAsync<HubException>(() => collecting.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));

        Assert.Equal(HubErrorKind.InvalidName, exception.Kind);
        Assert.Contains($"'{_folder.At("up/x")}' is a pipe, a socket or a device", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such files in folders.");
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder.At("x")));

        Assert.Equal(HubErrorKind.InvalidName, Assert.Throws<HubException>(() => Paths(Request(folder: _folder.Root))).Kind);
    }

    [Fact]
    public void An_empty_file_is_one()
    {
        Write("x", "");

        Assert.Equal(0, Assert.Single(LocalFiles.Collect(Request(folder: _folder.Root))).Source.ByteCount);
    }

    [Fact]
    public void The_card_may_be_a_text()
    {
        Write("a.txt");

        var items = LocalFiles.Collect(Request(new HubUploadFile("a.txt", _folder.At("a.txt"))) with { Card = "# é" });

        Assert.Equal(["README.md", "a.txt"], items.Select(item => item.Path));
        Assert.Equal(4, items[0].Source.ByteCount);
    }

    private static string[] Paths(HubUploadRequest request) => [.. LocalFiles.Collect(request).Select(item => item.Path)];

    private static HubUploadRequest Request(params HubUploadFile[] files) => new() { Repository = HubRepositoryId.Parse("ns/name"), Files = files };

    private static HubUploadRequest Request(string folder) => new() { Repository = HubRepositoryId.Parse("ns/name"), Folder = folder };

    private void Write(string path, string text = "x")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.At(path))!);
        _folder.Write(path, text);
    }
}
