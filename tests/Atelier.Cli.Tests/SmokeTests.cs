using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests;

public class SmokeTests
{
    [Fact]
    public void Golden_folder_exists() => Assert.True(Directory.Exists(GoldenFolder.Root), GoldenFolder.Root);
}
