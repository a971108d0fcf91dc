using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary>What a person sees while files come and go.</summary>
public sealed class ProgressTests : IAsyncLifetime
{
    private HubMachine _machine = null!;

    public async ValueTask InitializeAsync() => _machine = (await HubMachine.StartAsync()).LogIn();

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Fact]
    public async Task Hashing_before_an_upload_has_a_bar_of_its_own()
    {
        var folder = Directory.CreateDirectory(_machine.At("model")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(folder, "a.safetensors"), new byte[3_500_000]);
        await File.WriteAllBytesAsync(Path.Combine(folder, "b.safetensors"), new byte[2_500_000]);

        var errors = (await _machine.RunHereAsync("hub", "upload", "alice/mine", folder)).AssertDone().Errors;

        var (hashing, upload) = (Last("hashing"), Last("upload"));
        Assert.Contains(" 6/6 ", hashing, StringComparison.Ordinal);
        Assert.Contains(" 6/6 ", upload, StringComparison.Ordinal);
        Assert.True(errors.IndexOf(hashing, StringComparison.Ordinal) < errors.IndexOf(upload, StringComparison.Ordinal));

        // Nothing is sent, and a person still waits.
        errors = (await _machine.RunHereAsync("hub", "upload", "alice/mine", folder)).AssertDone().Errors;
        Assert.Contains(" 6/6 ", Last("hashing"), StringComparison.Ordinal);
        Assert.DoesNotContain("hashing", (await _machine.With("HF_HUB_DISABLE_PROGRESS_BARS", "1").RunHereAsync("hub", "upload", "alice/mine", folder)).AssertDone().Errors, StringComparison.Ordinal);

        string Last(string stage) => errors.Split('\n').Last(line => line.StartsWith(stage, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Files_that_share_a_content_are_counted_one_by_one()
    {
        var content = HostedContent.Virtual(2_000_000, seed: 1);
        _machine.Server.AddModel("ns/twins", files => files.Add("one.safetensors", content).Add("two.safetensors", content).Add("config.json", "{}"));

        var errors = (await _machine.RunHereAsync("hub", "download", "ns/twins", "one.safetensors", "two.safetensors", "config.json")).AssertDone().Errors;

        Assert.Contains("3 of 3 files", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("of 2 files", errors, StringComparison.Ordinal);
    }
}
