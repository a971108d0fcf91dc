using System.Collections.Immutable;

namespace Atelier.Testing;

/// <summary>The files of a commit to be. Paths are taken as they are, so that a test can be hostile.</summary>
public sealed class ModelFiles
{
    private readonly HubServerOptions _options;
    private readonly ImmutableSortedDictionary<string, HostedFile>.Builder _files;

    internal ModelFiles(ImmutableSortedDictionary<string, HostedFile> files, HubServerOptions options)
    {
        _files = files.ToBuilder();
        _options = options;
    }

    /// <summary>Sets a file to a text.</summary>
    /// <param name="path">The path.</param>
    /// <param name="text">The text.</param>
    /// <returns>These files.</returns>
    public ModelFiles Add(string path, string text) => Add(path, HostedContent.Of(text));

    /// <summary>Sets a file to bytes.</summary>
    /// <param name="path">The path.</param>
    /// <param name="bytes">The bytes.</param>
    /// <returns>These files.</returns>
    public ModelFiles Add(string path, byte[] bytes) => Add(path, HostedContent.Of(bytes));

    /// <summary>Sets a file; the hub's own rule says whether it is an LFS file.</summary>
    /// <param name="path">The path.</param>
    /// <param name="content">The content.</param>
    /// <returns>These files.</returns>
    public ModelFiles Add(string path, HostedContent content) => Add(path, content, LargeFiles.IsLarge(path, content, _options));

    /// <summary>Sets a file, as a regular or as an LFS file.</summary>
    /// <param name="path">The path.</param>
    /// <param name="content">The content.</param>
    /// <param name="isLfs">Whether it is an LFS file.</param>
    /// <returns>These files.</returns>
    public ModelFiles Add(string path, HostedContent content, bool isLfs)
    {
        _files[path] = new HostedFile(path, content, isLfs);
        return this;
    }

    /// <summary>Sets an LFS file of any size that needs no memory.</summary>
    /// <param name="path">The path.</param>
    /// <param name="length">The number of bytes.</param>
    /// <param name="seed">Which content.</param>
    /// <returns>These files.</returns>
    public ModelFiles AddVirtual(string path, long length, int seed = 0) => Add(path, HostedContent.Virtual(length, seed), isLfs: true);

    /// <summary>Sets files to those of a folder on disk.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>These files.</returns>
    public ModelFiles AddFolder(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            Add(Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'), HostedContent.OfFile(file));
        }

        return this;
    }

    /// <summary>Removes a file.</summary>
    /// <param name="path">The path.</param>
    /// <returns>These files.</returns>
    public ModelFiles Remove(string path)
    {
        _files.Remove(path);
        return this;
    }

    internal ImmutableSortedDictionary<string, HostedFile> Build() => _files.ToImmutable();
}
