using System.Security.Cryptography;

namespace Atelier.Training.Runs;

/// <summary>Identifies a model's weight files.</summary>
internal static class ModelHashes
{
    /// <summary>Computes the SHA-256 of every weight file below a folder, by its path in it with slashes.</summary>
    public static SortedDictionary<string, string> Compute(string folder, CancellationToken cancellation)
    {
        SortedDictionary<string, string> hashes = new(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path) is ".safetensors" or ".bin"))
        {
            cancellation.ThrowIfCancellationRequested();
            using var stream = File.OpenRead(path);
            hashes[Path.GetRelativePath(folder, path).Replace('\\', '/')] = Convert.ToHexStringLower(SHA256.HashData(stream));
        }

        return hashes;
    }
}
