using System.Text.Json;
using System.Text.Json.Nodes;
using Atelier.Tests.Shared;

namespace Atelier.Tests.Training;

/// <summary>A copy of a tiny model with other facts in its scheduler's config; deleted when the test ends.</summary>
internal sealed class TinyModel : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("atelier-training-");

    public TinyModel(string original, params (string Key, object Value)[] facts)
    {
        var source = GoldenFolder.At(original);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(Folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        var path = Path.Combine(Folder, "scheduler", "scheduler_config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var (key, value) in facts)
        {
            config[key] = JsonSerializer.SerializeToNode(value);
        }

        File.WriteAllText(path, config.ToJsonString());
    }

    public string Folder => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
