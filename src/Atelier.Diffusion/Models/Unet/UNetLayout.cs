namespace Atelier.Diffusion.Models.Unet;

/// <summary>The channel arithmetic of a UNet: a pure function of its config.</summary>
/// <param name="TimeChannels">The width of the time embedding.</param>
/// <param name="Down">The levels on the way down, first to last.</param>
/// <param name="Mid">The level in the middle.</param>
/// <param name="Up">The levels on the way up, first to last.</param>
public sealed record UNetLayout(long TimeChannels, IReadOnlyList<UNetLevel> Down, UNetLevel Mid, IReadOnlyList<UNetLevel> Up)
{
    /// <summary>Computes the layout.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <returns>The layout.</returns>
    /// <exception cref="NotSupportedException">A block type is not implemented, or the levels want text embeddings of different widths.</exception>
    /// <exception cref="InvalidDataException">Lists differ in length, or a number is below 1.</exception>
    public static UNetLayout From(UNet2DConditionConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var channels = config.BlockOutChannels;
        var count = channels.Count;
        if (config.DownBlockTypes.Count != count || config.UpBlockTypes.Count != count || count == 0)
        {
            throw new InvalidDataException($"down_block_types, up_block_types and block_out_channels must have one entry for each level; they have {config.DownBlockTypes.Count}, {config.UpBlockTypes.Count} and {count}.");
        }

        var heads = PerLevel(config.AttentionHeadDim, count, "attention_head_dim");
        var layers = PerLevel(config.LayersPerBlock, count, "layers_per_block");
        var widths = PerLevel(config.CrossAttentionDim, count, "cross_attention_dim");
        if (widths.Distinct().Count() > 1)
        {
            throw new NotSupportedException($"The UNet's config asks for text embeddings of several widths: cross_attention_dim = {string.Join(", ", widths)}.");
        }

        var depths = PerLevel(config.TransformerLayersPerBlock, count, "transformer_layers_per_block");

        var down = new List<UNetLevel>();
        for (var i = 0; i < count; i++)
        {
            long input = i == 0 ? channels[0] : channels[i - 1];
            var inputs = Enumerable.Range(0, layers[i]).Select(j => j == 0 ? input : channels[i]).ToArray();
            var hasAttention = HasAttention(config.DownBlockTypes[i], "DownBlock2D");
            down.Add(new UNetLevel(inputs, channels[i], heads[i], widths[i], hasAttention ? depths[i] : 0, Resizes: i < count - 1));
        }

        var last = count - 1;
        var mid = new UNetLevel([channels[last], channels[last]], channels[last], heads[last], widths[last], depths[last], Resizes: false);

        var up = new List<UNetLevel>();
        for (var i = 0; i < count; i++)
        {
            var level = last - i;
            long previous = i == 0 ? channels[last] : channels[level + 1];
            long skipOfLast = channels[Math.Max(level - 1, 0)];
            var inputs = new long[layers[level] + 1];
            for (var j = 0; j < inputs.Length; j++)
            {
                inputs[j] = (j == 0 ? previous : channels[level]) + (j == inputs.Length - 1 ? skipOfLast : channels[level]);
            }

            var hasAttention = HasAttention(config.UpBlockTypes[i], "UpBlock2D");
            up.Add(new UNetLevel(inputs, channels[level], heads[level], widths[level], hasAttention ? depths[level] : 0, Resizes: i < count - 1));
        }

        return new UNetLayout(config.TimeEmbeddingDim ?? (channels[0] * 4), down, mid, up);
    }

    private static bool HasAttention(string type, string plain)
    {
        if (type.Equals(plain, StringComparison.Ordinal))
        {
            return false;
        }

        return type.Equals($"CrossAttn{plain}", StringComparison.Ordinal)
            ? true
            : throw new NotSupportedException($"The UNet's config asks for a block of type {type}; CrossAttn{plain} and {plain} are implemented.");
    }

    private static int[] PerLevel(IReadOnlyList<int> values, int count, string key)
    {
        if (values.Any(value => value < 1))
        {
            throw new InvalidDataException($"{key} must be 1 or more; it is {string.Join(", ", values)}.");
        }

        if (values.Count == 1)
        {
            return [.. Enumerable.Repeat(values[0], count)];
        }

        return values.Count == count
            ? [.. values]
            : throw new InvalidDataException($"{key} must be one number or have one for each of the {count} levels; it has {values.Count}.");
    }
}
