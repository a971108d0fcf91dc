using Atelier.Artifacts.Hub;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public sealed class HubSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_variables_everything_is_where_python_has_it()
    {
        var settings = Read();

        Assert.Equal("https://huggingface.co", settings.Endpoint);
        Assert.Equal(Path.Join(_folder.Root, ".cache", "huggingface", "hub"), settings.CacheFolder);
        Assert.Equal(Path.Join(_folder.Root, ".cache", "huggingface", "token"), settings.TokenFile);
        Assert.Null(settings.Token);
        Assert.False(settings.IsOffline);
        Assert.True(settings is { SendsTokenForReading: true, UsesSymbolicLinks: true, WarnsAboutSymbolicLinks: true, ShowsProgressBars: true });
        Assert.Equal(TimeSpan.FromSeconds(10), settings.DownloadTimeout);
        Assert.Equal(TimeSpan.FromSeconds(10), settings.MetadataTimeout);
        Assert.Null(settings.Proxy);
        Assert.StartsWith("atelier/", settings.UserAgent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/home", new[] { "HF_HOME=$X/home" })]
    [InlineData("/xdg/huggingface", new[] { "XDG_CACHE_HOME=~/xdg" })]
    [InlineData("/home", new[] { "XDG_CACHE_HOME=~/xdg", "HF_HOME=${X}/home" })]
    public void Home_is_found_and_expanded(string expected, string[] variables)
        => Assert.Equal(_folder.Root + expected + "/hub", Read([.. variables, $"X={_folder.Root}"]).CacheFolder);

    [Theory]
    [InlineData("/new", new[] { "HF_HUB_CACHE=~/new", "HUGGINGFACE_HUB_CACHE=~/old", "HF_HOME=~/home" })]
    [InlineData("/old", new[] { "HUGGINGFACE_HUB_CACHE=~/old", "HF_HOME=~/home" })]
    [InlineData("/$UNKNOWN", new[] { "HF_HUB_CACHE=~/$UNKNOWN" })]
    [InlineData("/home/hub", new[] { "HF_HUB_CACHE=$EMPTY", "HUGGINGFACE_HUB_CACHE=${EMPTY}", "HF_HOME=~/home", "EMPTY=" })]
    [InlineData("/.cache/huggingface/hub", new[] { "HF_HOME=$EMPTY", "XDG_CACHE_HOME=$EMPTY", "EMPTY=" })]
    public void The_cache_is_found(string expected, string[] variables) => Assert.Equal(_folder.Root + expected, Read(variables).CacheFolder);

    [Theory]
    [InlineData("1", true)]
    [InlineData("on", true)]
    [InlineData("Yes", true)]
    [InlineData("TRUE", true)]
    [InlineData("0", false)]
    [InlineData("false", false)]
    [InlineData("2", false)]
    [InlineData("", false)]
    public void Truths_are_read_as_python_reads_them(string text, bool isTrue)
    {
        Assert.Equal(isTrue, Read($"HF_HUB_OFFLINE={text}").IsOffline);
        Assert.Equal(isTrue, Read($"TRANSFORMERS_OFFLINE={text}").IsOffline);
        Assert.Equal(!isTrue, Read($"HF_HUB_DISABLE_SYMLINKS={text}").UsesSymbolicLinks);
        Assert.Equal(!isTrue, Read($"HF_HUB_DISABLE_SYMLINKS_WARNING={text}").WarnsAboutSymbolicLinks);
        Assert.Equal(!isTrue, Read($"HF_HUB_DISABLE_PROGRESS_BARS={text}").ShowsProgressBars);
        Assert.Equal(!isTrue, Read($"HF_HUB_DISABLE_IMPLICIT_TOKEN={text}", "HF_TOKEN=hf_x").SendsTokenForReading);
    }

    [Fact]
    public void An_explicit_token_is_sent_even_where_the_implicit_one_is_not()
        => Assert.True(HubSettings.Read(Variables("HF_HUB_DISABLE_IMPLICIT_TOKEN=1"), "hf_x").SendsTokenForReading);

    [Fact]
    public void Times_are_seconds_with_or_without_a_fraction()
    {
        Assert.Equal(TimeSpan.FromSeconds(2.5), Read("HF_HUB_DOWNLOAD_TIMEOUT=2.5").DownloadTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30), Read("HF_HUB_ETAG_TIMEOUT=30").MetadataTimeout);
    }

    [Theory]
    [InlineData("HF_HUB_DOWNLOAD_TIMEOUT=soon")]
    [InlineData("HF_HUB_ETAG_TIMEOUT=0")]
    [InlineData("HF_HUB_ETAG_TIMEOUT=-1")]
    [InlineData("HF_HUB_ETAG_TIMEOUT=NaN")]
    [InlineData("HF_ENDPOINT=huggingface.co")]
    [InlineData("HF_ENDPOINT=ftp://huggingface.co")]
    [InlineData("HF_ENDPOINT=https://user:secret@huggingface.co")]
    [InlineData("HTTP_PROXY=http://")]
    public void What_can_not_be_used_is_refused_by_name(string variable)
    {
        var exception = Assert.Throws<HubException>(() => Read(variable));

        Assert.Equal(HubErrorKind.InvalidSetting, exception.Kind);
        Assert.Contains(variable.Split('=')[0], exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
        Assert.True(exception.IsRequestFault);
    }

    [Theory]
    [InlineData("https://mirror.example/", "https://mirror.example")]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080")]
    [InlineData("https://mirror.example/hub//", "https://mirror.example/hub")]
    public void The_endpoint_has_no_final_slash(string text, string expected) => Assert.Equal(expected, Read($"HF_ENDPOINT={text}").Endpoint);

    [Fact]
    public void The_first_source_of_a_token_wins()
    {
        File.WriteAllText(_folder.At("token"), "hf_file\n");
        string[] all = [$"HF_TOKEN_PATH={_folder.At("token")}", "HUGGING_FACE_HUB_TOKEN=hf_old", "HF_TOKEN=hf_new"];

        Assert.Equal("the option --token", HubSettings.Read(Variables(all), "hf_option").Token!.Source);
        Assert.Equal("HF_TOKEN", Read(all).Token!.Source);
        Assert.Equal("HUGGING_FACE_HUB_TOKEN", Read(all[..2]).Token!.Source);
        Assert.Equal(_folder.At("token"), Read(all[..1]).Token!.Source);
        Assert.Equal("Bearer hf_file", Read(all[..1]).Token!.Bearer());
    }

    [Theory]
    [InlineData("HF_TOKEN= \r\n ")]
    [InlineData("HF_TOKEN=")]
    public void An_empty_token_is_none_and_the_next_source_is_asked(string variable)
        => Assert.Equal("HUGGING_FACE_HUB_TOKEN", Read(variable, "HUGGING_FACE_HUB_TOKEN=hf_old").Token!.Source);

    [Theory]
    [InlineData("hf_ü")]
    [InlineData("hf_a b")]
    [InlineData("hf_a\u0001b")]
    [InlineData("hf_a\u200bb")]
    public void A_token_with_other_letters_is_refused_by_its_source(string text)
    {
        var exception = Assert.Throws<HubException>(() => Read($"HF_TOKEN={text}"));

        Assert.Equal(HubErrorKind.InvalidToken, exception.Kind);
        Assert.Contains("HF_TOKEN", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_settings_never_show_the_token_or_a_proxys_password()
    {
        var settings = Read("HF_TOKEN=hf_secret", "HTTPS_PROXY=http://user:password@proxy:3128");

        Assert.DoesNotContain("hf_secret", settings.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("password", settings.ToString(), StringComparison.Ordinal);
        Assert.Contains("set (from HF_TOKEN)", settings.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", System.Text.Json.JsonSerializer.Serialize(settings.Token), StringComparison.Ordinal);
    }

    [Fact]
    public void The_origin_is_added_to_the_user_agent() => Assert.EndsWith("; origin/test/1", Read("HF_HUB_USER_AGENT_ORIGIN=test/1\n").UserAgent, StringComparison.Ordinal);

    private HubSettings Read(params string[] variables) => HubSettings.Read(Variables(variables));

    private Dictionary<string, string> Variables(params string[] variables)
        => variables.Append($"HOME={_folder.Root}").Select(variable => variable.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
}
