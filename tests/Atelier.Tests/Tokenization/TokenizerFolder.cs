namespace Atelier.Tests.Tokenization;

/// <summary>A folder with a small tokenizer in it, for tests that change its files; deleted at the end.</summary>
internal sealed class TokenizerFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("atelier-tokenizer-");

    private TokenizerFolder()
    {
    }

    public string Path => _folder.FullName;

    /// <summary>An empty folder.</summary>
    public static TokenizerFolder Empty() => new();

    /// <summary>A tokenizer that knows a few words, as its files stand after <see cref="Atelier.Tokenization.ClipVocabulary.Write"/>.</summary>
    public static TokenizerFolder WithWords(params string[] words)
    {
        TokenizerFolder folder = new();
        Atelier.Tokenization.ClipVocabulary.FromWords(words).Write(folder.Path, 10);
        return folder;
    }

    /// <summary>Replaces one of the files.</summary>
    public TokenizerFolder With(string file, string content)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, file), content);
        return this;
    }

    /// <summary>Removes one of the files.</summary>
    public TokenizerFolder Without(string file)
    {
        File.Delete(System.IO.Path.Combine(Path, file));
        return this;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
