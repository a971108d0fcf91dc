namespace Atelier.Testing;

/// <summary>The hub's rule for which files are stored as LFS objects.</summary>
internal static class LargeFiles
{
    private const int SampleLength = 512;

    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".7z", ".arrow", ".bin", ".bz2", ".ckpt", ".ftz", ".gz", ".h5", ".joblib", ".mlmodel", ".model", ".msgpack", ".npy", ".npz", ".onnx", ".ot", ".parquet", ".pb", ".pickle",
        ".pkl", ".pt", ".pth", ".rar", ".safetensors", ".tar", ".tflite", ".tgz", ".wasm", ".xz", ".zip", ".zst",
    };

    public static bool IsLarge(string path, HostedContent content, HubServerOptions options)
    {
        var sample = new byte[(int)Math.Min(SampleLength, content.Length)];
        return IsLarge(path, content.Length, sample.AsSpan(0, content.Read(0, sample)), options);
    }

    /// <summary>Decides by name, size and the file's first bytes. An empty file is never large: storage takes no empty object.</summary>
    public static bool IsLarge(string path, long size, ReadOnlySpan<byte> sample, HubServerOptions options) =>
        size > 0 && (size >= options.LargeFileThreshold || Extensions.Contains(Path.GetExtension(path)) || sample.Contains((byte)0));

    /// <summary>The line of <c>.gitattributes</c> that covers a path.</summary>
    public static string AttributeLine(string path)
    {
        var extension = Path.GetExtension(path);
        var pattern = Extensions.Contains(extension) ? "*" + extension : path.Replace(" ", "[[:space:]]", StringComparison.Ordinal);
        return pattern + " filter=lfs diff=lfs merge=lfs -text\n";
    }
}
