namespace Atelier.Cli.Reports;

/// <summary>Writes numbers of things.</summary>
internal static class Counted
{
    /// <summary>Writes a number of files.</summary>
    public static string Files(int count) => count == 1 ? "1 file" : $"{count} files";

    /// <summary>Writes a number of repositories.</summary>
    public static string Repositories(int count) => count == 1 ? "1 repository" : $"{count} repositories";
}
