using System.Text.Json;
using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Tensors;
using Atelier.Rewards;
using Atelier.Tests.Shared;
using Atelier.Tracking;
using Atelier.Training.Ddpo;
using Atelier.Training.Rollouts;
using Atelier.Training.Settings;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Parity;

/// <summary>One recorded run of the Python original, and our replay of it.</summary>
internal sealed class GoldenRun : IDisposable
{
    private readonly JsonDocument _document;
    private readonly DefaultDdpoStableDiffusionPipeline _pipeline;

    public GoldenRun(string name, LoraComputation computation)
    {
        _document = JsonDocument.Parse(File.ReadAllBytes(GoldenFolder.At("runs", $"{name}.json")));
        Tensors = GoldenTensors.At("runs", $"{name}.safetensors");
        Config = ReadConfig(_document.RootElement.GetProperty("config"), name);
        var options = new DdpoPipelineOptions
        {
            UseLora = _document.RootElement.GetProperty("use_lora").GetBoolean(),
            Placement = Placement.Cpu,
        };
        _pipeline = DefaultDdpoStableDiffusionPipeline.FromPretrained(GoldenFolder.At(_document.RootElement.GetProperty("model").GetString()!), options);
        if (_pipeline.Adapters is { } adapters)
        {
            adapters.Computation = computation;
        }

        foreach (var (parameter, value) in Parameters)
        {
            if (Tensors.Has($"init.{parameter}"))
            {
                using var _ = no_grad();
                using var initial = Tensors[$"init.{parameter}"];
                value.copy_(initial);
            }
        }

        Initial = Parameters.ToDictionary(pair => pair.Name, pair => pair.Value.detach().clone().DetachFromDisposeScope(), StringComparer.Ordinal);
    }

    public GoldenTensors Tensors { get; }

    public DdpoConfig Config { get; }

    public IReadOnlyDictionary<string, Tensor> Initial { get; }

    public IReadOnlyList<(string Name, Parameter Value)> Parameters => _pipeline.TrainableParameters;

    public IReadOnlyList<JsonElement> Log => [.. _document.RootElement.GetProperty("log").EnumerateArray()];

    public RecordingPipeline Recording { get; private set; } = null!;

    public MemoryTracker Tracker { get; } = new();

    public void Replay()
    {
        Recording = new RecordingPipeline(_pipeline);
        var prompts = _document.RootElement.GetProperty("prompts").EnumerateArray().Select(prompt => prompt.GetString()!).ToArray();
        using var trainer = new DdpoTrainer(Config, new LambdaReward("golden", Reward), Prompts.FromList(prompts), Recording, new DdpoServices { Tracker = Tracker, Random = new RunTape(Tensors, Config) });
        trainer.TrainAsync().GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        foreach (var value in Initial.Values)
        {
            value.Dispose();
        }

        Recording?.Dispose();
        _pipeline.Dispose();
        Tensors.Dispose();
        _document.Dispose();
    }

    // "mean(R) - mean(B) + 0.1 * std over CHW (unbiased)"
    private static float[] Reward(Tensor images, IReadOnlyList<string> prompts, IReadOnlyList<object?> metadata)
    {
        using var scope = NewDisposeScope();
        var colour = images.select(1, 0).mean([1, 2]) - images.select(1, 2).mean([1, 2]);
        return (colour + (0.1 * images.flatten(1).std(1L))).data<float>().ToArray();
    }

    private static DdpoConfig ReadConfig(JsonElement json, string name)
    {
        var schema = SettingsSchema.Of<DdpoConfig>();
        var problems = new List<string>();
        var known = json.EnumerateObject().Where(entry => entry.Value.ValueKind != JsonValueKind.Null).ToDictionary(entry => entry.Name, entry => entry.Value);
        known["mixed_precision"] = JsonSerializer.SerializeToElement("no");
        if (known.TryGetValue("negative_prompts", out var negative) && negative.ValueKind == JsonValueKind.String)
        {
            known["negative_prompts"] = JsonSerializer.SerializeToElement(new[] { negative.GetString() });
        }

        known["allow_policy_mismatch"] = JsonSerializer.SerializeToElement(true);
        var layer = SettingsLayer.FromJson(JsonSerializer.Serialize(known), name, schema, problems);
        Assert.Empty(problems);
        return schema.Bind<DdpoConfig>([layer]);
    }
}
