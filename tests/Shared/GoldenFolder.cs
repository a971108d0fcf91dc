namespace Atelier.Tests.Shared;

/// <summary>
/// Finds the golden data: the folder named by the environment variable <c>ATELIER_GOLDEN</c>, else <c>tests/Fixtures/golden</c>.
/// </summary>
internal static class GoldenFolder
{
    /// <summary>The repository's root: the nearest folder above the test binaries that holds <c>Atelier.slnx</c>.</summary>
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>The golden data's root.</summary>
    public static string Root { get; } = Environment.GetEnvironmentVariable("ATELIER_GOLDEN") is { Length: > 0 } chosen
        ? Path.GetFullPath(chosen)
        : Path.Combine(RepositoryRoot, "tests", "Fixtures", "golden");

    /// <summary>The path of a file or folder of the golden data; it need not exist.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Lists the golden files that match a pattern, such as <c>components/*-unet*.safetensors</c>, in ordinal order.</summary>
    public static IReadOnlyList<string> Files(string folder, string pattern) => Directory.Exists(At(folder))
        ? [.. Directory.EnumerateFiles(At(folder), pattern).Order(StringComparer.Ordinal)]
        : [];

    private static string FindRepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Atelier.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Atelier.slnx.");
    }
}
