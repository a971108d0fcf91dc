using System.Text.Json;
using Atelier.Artifacts.Hub;
using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests.Artifacts;

public sealed class ModelIndexTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> GoldenModels => [.. Directory.EnumerateFiles(GoldenFolder.Root, ModelIndex.FileName, SearchOption.AllDirectories)
        .Select(static file => Path.GetRelativePath(GoldenFolder.Root, file))
        .Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(GoldenModels))]
    public void Golden_index_is_read_and_written_back_identically(string file)
    {
        var index = ModelIndex.Read(GoldenFolder.At(file));
        index.Write(_folder.At(ModelIndex.FileName));

        Assert.Equal("StableDiffusionPipeline", index.ClassName);
        Assert.Equal("0.39.0", index.DiffusersVersion);
        Assert.Equal(new ModelComponent("diffusers", "UNet2DConditionModel"), index.Components["unet"]);
        Assert.Equal(new ModelComponent("transformers", "CLIPTextModel"), index.Components["text_encoder"]);
        Assert.Null(index.Components["safety_checker"]);
        Assert.False(Assert.Single(index.Settings).Value.GetBoolean());
        Assert.Equal(File.ReadAllText(GoldenFolder.At(file)), File.ReadAllText(_folder.At(ModelIndex.FileName)));
    }

    [Fact]
    public void Scalars_are_kept_apart_from_components()
    {
        var index = Read("""{"_class_name":"P","_name_or_path":"here","scale":0.50,"safe":null,"vae":["diffusers","AutoencoderKL"]}""");

        Assert.Null(index.DiffusersVersion);
        Assert.Equal(["vae"], index.Components.Keys);
        Assert.Equal(["_name_or_path", "scale", "safe"], index.Settings.Keys);
        index.Write(_folder.At("out.json"));
        Assert.Contains("\"scale\": 0.50,", File.ReadAllText(_folder.At("out.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "")]
    [InlineData("[]", "root is not an object")]
    [InlineData("{}", "'_class_name' is missing")]
    [InlineData("""{"_class_name":7}""", "'_class_name'")]
    [InlineData("""{"_class_name":["a","b"]}""", "'_class_name'")]
    [InlineData("""{"_class_name":"P","_diffusers_version":null}""", "'_diffusers_version'")]
    [InlineData("""{"_class_name":"P","unet":{}}""", "'unet'")]
    [InlineData("""{"_class_name":"P","unet":[]}""", "'unet'")]
    [InlineData("""{"_class_name":"P","unet":["diffusers"]}""", "'unet'")]
    [InlineData("""{"_class_name":"P","unet":["diffusers",null]}""", "'unet'")]
    [InlineData("""{"_class_name":"P","unet":[null,null,null]}""", "'unet'")]
    [InlineData("""{"_class_name":"P","unet":[1,2]}""", "'unet'")]
    [InlineData("""{"_class_name":"P","unet":[null,null],"unet":[null,null]}""", "unet")]
    [InlineData("""{"_class_name":"\ud800"}""", "Unicode")]
    public void Malformed_index_is_refused(string json, string problem)
    {
        var exception = Assert.Throws<InvalidDataException>(() => Read(json));

        Assert.IsAssignableFrom<JsonException>(exception.InnerException);
        Assert.StartsWith(_folder.At(ModelIndex.FileName) + ": ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_that_stands_for_two_things_is_refused()
    {
        var index = new ModelIndex
        {
            ClassName = "P",
            Components = new Dictionary<string, ModelComponent?> { ["_class_name"] = null },
        };

        Assert.Throws<InvalidOperationException>(() => index.Write(_folder.At("out.json")));
        Assert.Empty(Directory.GetFiles(_folder.Root));
    }

    private ModelIndex Read(string json) => ModelIndex.Read(_folder.Write(ModelIndex.FileName, json));
}
