using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Cache;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public sealed class CacheExaminationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(99_999_999L, false)]
    [InlineData(100_000_000L, true)]
    [InlineData(null, true)]
    public void A_cache_without_room_is_of_no_use(long? room, bool isUsable)
    {
        var condition = CacheExamination.Run(_folder.Root, _ => room);

        Assert.Equal((isUsable, isUsable), (condition.IsUsable, condition.Problem is null));
        Assert.True(isUsable || condition.Problem!.StartsWith($"{_folder.Root} has room for 100.0 MB only: make room", StringComparison.Ordinal), condition.Problem);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void A_cache_that_is_not_there_yet_can_be_made_and_is_not()
    {
        var cache = Path.Join(_folder.Root, "huggingface", "hub");

        Assert.Equal(new HubCacheCondition(IsUsable: true, Problem: null), new HubCache(cache).Examine());
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void A_link_to_nothing_is_no_cache()
    {
        var cache = Path.Join(_folder.Root, "hub");
        File.CreateSymbolicLink(cache, Path.Join(_folder.Root, "gone"));

        var condition = new HubCache(cache).Examine();

        Assert.False(condition.IsUsable);
        Assert.StartsWith($"{cache} is no folder", condition.Problem, StringComparison.Ordinal);
    }
}
