using Atelier.Cli;
using Xunit;

namespace Atelier.Tests;

public sealed class PretrainTinyCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("atelier-").FullName;
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _error.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_interrupted_run_says_how_to_go_on()
    {
        var code = await RunAsync(new CancellationToken(canceled: true), "--seed", "3", "--unet-steps", "5", "--quiet");
        Assert.Equal(ExitCode.Interrupted, code);
        Assert.Contains($"atelier pretrain-tiny --output-folder {_folder} --seed 3 --unet-steps 5", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_device_is_refused_before_anything_starts()
    {
        Assert.Equal(ExitCode.WrongRequest, await RunAsync(TestContext.Current.CancellationToken, "--device", "cuda"));
        Assert.Contains("device must be auto or cpu", _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    private Task<int> RunAsync(CancellationToken cancellationToken, params string[] arguments) => CliApplication.RunAsync(
        ["pretrain-tiny", "--output-folder", _folder, .. arguments],
        new CliEnvironment { Output = TextWriter.Null, Error = _error },
        cancellationToken: cancellationToken);
}
