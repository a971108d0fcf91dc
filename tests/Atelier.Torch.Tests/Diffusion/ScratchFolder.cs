namespace Atelier.Tests.Diffusion;

/// <summary>A fresh folder that is deleted with everything in it when the test ends.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("atelier-diffusion-");

    public string Root => _folder.FullName;

    public string At(params string[] parts) => Path.Combine([Root, .. parts]);

    public string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    /// <summary>Copies a golden component's config and gives the folder.</summary>
    public string Component(string config)
    {
        File.Copy(config, At("config.json"), overwrite: true);
        return Root;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
