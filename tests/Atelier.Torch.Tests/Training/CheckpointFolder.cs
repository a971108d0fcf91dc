namespace Atelier.Tests.Training;

/// <summary>A folder for checkpoints that goes with the test.</summary>
internal sealed class CheckpointFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("atelier-checkpoints-");

    public string Root => _folder.FullName;

    public string this[int epochsDone] => Path.Combine(Root, $"checkpoint_{epochsDone}");

    public IEnumerable<string> Names => _folder.EnumerateDirectories().Select(folder => folder.Name).Order(StringComparer.Ordinal);

    /// <summary>Every byte of a checkpoint: weights, moments and state.</summary>
    public IReadOnlyDictionary<string, string> Content(int epochsDone) =>
        Directory.EnumerateFiles(this[epochsDone]).ToDictionary(path => Path.GetFileName(path), path => Convert.ToHexString(File.ReadAllBytes(path)), StringComparer.Ordinal);

    public void Dispose() => _folder.Delete(recursive: true);
}
