using System.Text.Json;
using Atelier.Diffusion.Configs;

namespace Atelier.Diffusion.Models.Clip;

/// <summary>The facts in a CLIP text encoder's <c>config.json</c>.</summary>
public sealed record ClipTextConfig
{
    private static readonly ConfigReader Reader = new()
    {
        Harmless =
        [
            "_name_or_path", "architectures", "attention_dropout", "bos_token_id", "dropout", "dtype", "initializer_factor", "initializer_range", "model_type",
            "pad_token_id", "projection_dim", "torch_dtype", "transformers_version",
        ],
        Required = new Dictionary<string, object?[]>(StringComparer.Ordinal) { ["hidden_act"] = ["quick_gelu", "gelu"] },
    };

    /// <summary>Gets the number of tokens in the vocabulary.</summary>
    public int VocabSize { get; init; } = 49408;

    /// <summary>Gets the width of the token embeddings.</summary>
    public int HiddenSize { get; init; } = 512;

    /// <summary>Gets the inner width of the feed-forward networks.</summary>
    public int IntermediateSize { get; init; } = 2048;

    /// <summary>Gets the number of layers.</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>Gets the number of attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 8;

    /// <summary>Gets the longest sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = 77;

    /// <summary>Gets the activation: <c>quick_gelu</c> or <c>gelu</c>.</summary>
    public string HiddenAct { get; init; } = "quick_gelu";

    /// <summary>Gets what the norms add to the variance.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Gets the end token; 2 stands for the one with the highest number, as in the first published configurations.</summary>
    public int EosTokenId { get; init; } = 49407;

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The facts.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no JSON object, or a value has the wrong type.</exception>
    /// <exception cref="NotSupportedException">A key has a value that changes the result and is not implemented; the message names file, key and value.</exception>
    public static ClipTextConfig Read(string path) => Reader.Read<ClipTextConfig>(path);

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <returns>The facts.</returns>
    /// <exception cref="InvalidDataException">It is no JSON object, or a value has the wrong type.</exception>
    /// <exception cref="NotSupportedException">A key has a value that is not implemented.</exception>
    public static ClipTextConfig Parse(JsonElement json, string source) => Reader.Parse<ClipTextConfig>(json, source);
}
