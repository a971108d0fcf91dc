using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Atelier.Diffusion.Weights;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Adapters;

/// <summary>Reads LoRA files of every usual style, and writes the two styles that other programs read exactly.</summary>
public static class LoraFile
{
    /// <summary>The header entry that says what diffusers' tensors mean.</summary>
    internal const string MetadataKey = "lora_adapter_metadata";

    private const string BaseModelKey = "base_model_name_or_path";

    private static readonly JsonWriterOptions MetadataOptions = new() { Indented = true, IndentSize = 2, NewLine = "\n" };

    /// <summary>Reads a LoRA file.</summary>
    /// <remarks>
    /// Understood are the names of diffusers (<c>unet.MODULE.lora_A.weight</c>, <c>….lora.down.weight</c>, both in one file, the attention processors of its first releases), peft's beside its
    /// <c>adapter_config.json</c>, and kohya's. The file is a safetensors file, or a pickle by the name of <c>.bin</c>, <c>.pt</c> or <c>.pth</c>. α comes from the tensors, the configuration or the header's <c>lora_adapter_metadata</c>, with their patterns; where nothing gives it, it is the rank.
    /// </remarks>
    /// <param name="path">The file, its folder, or a run's folder.</param>
    /// <returns>What the file holds; the caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="TensorFileException">The file is damaged or hostile, or a module's tensors do not belong together.</exception>
    /// <exception cref="InvalidDataException">The configuration is malformed or contradicts the tensors.</exception>
    /// <exception cref="NotSupportedException">The file holds what is not implemented, such as adapters of a text encoder or DoRA; the message names it.</exception>
    public static LoraWeights Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var source = TensorFile.Open(LoraLocation.Find(path));
        return LoraReader.Read(source);
    }

    /// <summary>Says whether a path leads to a LoRA's file.</summary>
    /// <param name="path">The file, its folder, or a run's folder.</param>
    /// <returns>True when <see cref="Read"/> would find a file.</returns>
    public static bool Exists(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return File.Exists(LoraLocation.Find(path));
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Says which model a LoRA was made for, where its file says so: diffusers' header or peft's configuration has a place for it.</summary>
    /// <param name="path">The file, its folder, or a run's folder.</param>
    /// <returns>A model's name, such as a repository of the hub; null where the file does not say.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="TensorFileException">The file is damaged.</exception>
    public static string? ReadBaseModel(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = LoraLocation.Find(path);
        using var source = TensorFile.Open(file);
        var config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, LoraLocation.PeftConfigName);
        return source.Metadata.TryGetValue(MetadataKey, out var metadata) ? BaseModelIn(Encoding.UTF8.GetBytes(metadata), LoraKey.DiffusersPrefix + BaseModelKey)
            : File.Exists(config) ? BaseModelBeside(config)
            : null;
    }

    /// <summary>Writes the style of diffusers: <c>unet.MODULE.lora_A.weight</c> and <c>….lora_B.weight</c>, with <c>lora_adapter_metadata</c> in the header.</summary>
    /// <remarks>The factor α/r goes into B, and α is written as r: readers that ignore the header agree with those that heed it. <see cref="LowRankAdapter.Scale"/> is not written.</remarks>
    /// <param name="path">The file, in a folder that exists; it appears only when it is complete.</param>
    /// <param name="adapters">The adapters, stored in single precision.</param>
    /// <param name="baseModel">The name of the model that they were made for, or null where it has none that others know.</param>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void WriteDiffusers(string path, LoraAdapters adapters, string? baseModel = null)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var contents = new List<TensorContent>();
        foreach (var (module, adapter) in adapters.Adapters)
        {
            contents.Add(TensorStorage.Describe($"{LoraKey.DiffusersPrefix}{module}.lora_A.weight", adapter.Down));
            contents.Add(TensorStorage.Describe($"{LoraKey.DiffusersPrefix}{module}.lora_B.weight", adapter.Alpha == adapter.Rank ? adapter.Up : adapter.Up * (adapter.Alpha / adapter.Rank)));
        }

        SafetensorsWriter.Write(path, contents, new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt", [MetadataKey] = Metadata(adapters, baseModel) });
    }

    /// <summary>Writes the style of kohya's scripts, which ComfyUI and A1111 read: <c>lora_unet_MODULE.lora_down.weight</c>, <c>….lora_up.weight</c> and <c>….alpha</c>.</summary>
    /// <param name="path">The file, in a folder that exists; it appears only when it is complete.</param>
    /// <param name="adapters">The adapters, stored in single precision with their α; <see cref="LowRankAdapter.Scale"/> is not written.</param>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void WriteKohya(string path, LoraAdapters adapters)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        var contents = new List<TensorContent>();
        foreach (var (module, adapter) in adapters.Adapters)
        {
            var name = LoraKey.KohyaPrefix + LoraKey.Flatten(module);
            contents.Add(TensorStorage.Describe($"{name}.lora_down.weight", adapter.Down));
            contents.Add(TensorStorage.Describe($"{name}.lora_up.weight", adapter.Up));
            contents.Add(new TensorContent($"{name}.alpha", ElementType.F32, [], BitConverter.GetBytes((float)adapter.Alpha)));
        }

        SafetensorsWriter.Write(path, contents, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ss_network_module"] = "networks.lora",
            ["ss_network_dim"] = OnlyOrDynamic(adapters.Adapters.Select(pair => $"{pair.Adapter.Rank}")),
            ["ss_network_alpha"] = OnlyOrDynamic(adapters.Adapters.Select(pair => pair.Adapter.Alpha.ToString("0.0##############", CultureInfo.InvariantCulture))),
        });
    }

    // As kohya's own scripts write the two when modules differ.
    private static string OnlyOrDynamic(IEnumerable<string> values) => values.Distinct(StringComparer.Ordinal).ToList() is [var only] ? only : "Dynamic";

    // The keys of peft's LoraConfig that all of its releases with diffusers' metadata know: one that a release does not know stops it.
    private static string Metadata(LoraAdapters adapters, string? baseModel)
    {
        var ranks = adapters.Adapters.OrderBy(pair => pair.Module, StringComparer.Ordinal).Select(pair => (pair.Module, pair.Adapter.Rank)).ToList();
        var rank = ranks.Count == 0 ? 1 : ranks.CountBy(pair => pair.Rank).MaxBy(pair => pair.Value).Key;
        var others = ranks.Where(pair => pair.Rank != rank).ToList();
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, MetadataOptions))
        {
            json.WriteStartObject();
            WritePattern(json, "unet.alpha_pattern", others);
            json.WriteNull("unet.auto_mapping");
            json.WriteString(LoraKey.DiffusersPrefix + BaseModelKey, baseModel);
            json.WriteString("unet.bias", "none");
            json.WriteBoolean("unet.fan_in_fan_out", false);
            json.WriteBoolean("unet.inference_mode", false);
            json.WriteString("unet.init_lora_weights", "gaussian");
            json.WriteNull("unet.layers_pattern");
            json.WriteNull("unet.layers_to_transform");
            json.WriteNumber("unet.lora_alpha", rank);
            json.WritePropertyName("unet.lora_dropout");
            json.WriteRawValue("0.0");
            json.WriteNull("unet.modules_to_save");
            json.WriteString("unet.peft_type", "LORA");
            json.WriteNumber("unet.r", rank);
            WritePattern(json, "unet.rank_pattern", others);
            json.WriteNull("unet.revision");
            json.WriteStartArray("unet.target_modules");
            ranks.ForEach(pair => json.WriteStringValue(pair.Module));
            json.WriteEndArray();
            json.WriteNull("unet.task_type");
            json.WriteBoolean("unet.use_dora", false);
            json.WriteBoolean("unet.use_rslora", false);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string? BaseModelBeside(string config)
    {
        try
        {
            return BaseModelIn(LoraLocation.ReadConfig(config), BaseModelKey);
        }
        catch (InvalidDataException)
        {
            return null; // who reads the tensors says that it is too long
        }
    }

    private static string? BaseModelIn(ReadOnlyMemory<byte> json, string key)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter where a string is not valid Unicode
        {
            return null; // who reads the tensors says what is wrong with it
        }
    }

    private static void WritePattern(Utf8JsonWriter json, string name, List<(string Module, long Rank)> ranks)
    {
        json.WriteStartObject(name);
        ranks.ForEach(pair => json.WriteNumber(pair.Module, pair.Rank));
        json.WriteEndObject();
    }
}
