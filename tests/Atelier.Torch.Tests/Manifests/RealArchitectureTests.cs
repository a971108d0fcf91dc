using System.Diagnostics;
using System.Text.Json;
using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Models.Clip;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Tensors;
using Atelier.Tests.Diffusion.Models;
using Atelier.Tests.Shared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Manifests;

/// <summary>The published networks' names and shapes, built without storage.</summary>
public class RealArchitectureTests
{
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(10); // for a busy machine; alone each takes well under one

    [Theory]
    [InlineData("unet-sd15", PublishedConfigs.UnetSd15)]
    [InlineData("unet-sd21", PublishedConfigs.UnetSd21)]
    public void Unet_has_the_published_names_and_shapes(string key, string published)
    {
        using var manifest = Load();
        var entry = manifest.RootElement.GetProperty(key);
        Compare(entry, () => new UNet2DConditionModel(UNet2DConditionConfig.Parse(entry.GetProperty("config"), key), Placement.Meta));
        Compare(entry, () => new UNet2DConditionModel(UNet2DConditionConfig.Parse(PublishedConfigs.Json(published), key), Placement.Meta));
    }

    [Fact]
    public void Vae_has_the_published_names_and_shapes()
    {
        using var manifest = Load();
        Compare(manifest.RootElement.GetProperty("vae-sd15"), () => new AutoencoderKL(AutoencoderKLConfig.Parse(PublishedConfigs.Json(PublishedConfigs.Vae), "vae"), Placement.Meta));
    }

    [Fact]
    public void Text_encoder_has_the_published_names_and_shapes()
    {
        using var manifest = Load();
        Compare(manifest.RootElement.GetProperty("clip-text-L"), () => new ClipTextModel(ClipTextConfig.Parse(PublishedConfigs.Json(PublishedConfigs.TextEncoderSd15), "text_encoder"), Placement.Meta));
    }

    // TorchSharp's norms fill their weights when they are made: on the meta device there must be nothing to fill.
    [Fact]
    public void Norms_without_storage_allocate_nothing()
    {
        const long Huge = 1L << 40; // 4 TB in single precision
        using var group = Norms.Group(32, Huge, 1e-5, Placement.Meta);
        using var layer = Norms.Layer(Huge, 1e-5, Placement.Meta);
        Assert.All(group.parameters().Concat(layer.parameters()), parameter => Assert.Equal((DeviceType.META, Huge), (parameter.device_type, parameter.numel())));
    }

    private static void Compare(JsonElement entry, Func<nn.Module> build)
    {
        var expected = entry.GetProperty("parameters").EnumerateObject()
            .Select(item => $"{item.Name} {Shapes.Describe(item.Value.EnumerateArray().Select(size => size.GetInt64()).ToArray())}").Order(StringComparer.Ordinal).ToList();
        var watch = Stopwatch.StartNew();
        using var network = build();
        watch.Stop();

        Assert.Equal(expected, network.named_parameters().Select(pair => $"{pair.name} {Shapes.Describe(pair.parameter.shape)}").Order(StringComparer.Ordinal));
        Assert.Equal(expected.Count, network.state_dict().Count);
        Assert.All(network.parameters(), parameter => Assert.Equal(DeviceType.META, parameter.device_type));
        Assert.True(watch.Elapsed < MostTime, $"Building without storage took {watch.Elapsed}.");
    }

    private static JsonDocument Load() => JsonDocument.Parse(File.ReadAllBytes(GoldenFolder.At("real-architectures.json")));
}
