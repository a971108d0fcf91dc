using Atelier.Diffusion.Models.Unet;
using Xunit;

namespace Atelier.Tests.Diffusion.Models;

public class UNetLayoutTests
{
    private static readonly string[] DownKinds = ["CrossAttnDownBlock2D", "DownBlock2D"];
    private static readonly string[] UpKinds = ["CrossAttnUpBlock2D", "UpBlock2D"];

    [Theory]
    [InlineData(PublishedConfigs.UnetSd15, 8, 8, 8, 8, 768)]
    [InlineData(PublishedConfigs.UnetSd21, 5, 10, 20, 20, 1024)]
    public void Published_configs_have_the_known_channels(string json, int first, int second, int third, int fourth, int context)
    {
        var layout = UNetLayout.From(UNet2DConditionConfig.Parse(PublishedConfigs.Json(json), "unet"));

        Assert.Equal(1280, layout.TimeChannels);
        Assert.Equal(["320,320>320 down x1", "320,640>640 down x1", "640,1280>1280 down x1", "1280,1280>1280 x0"], layout.Down.Select(level => Describe(level, "down")));
        Assert.Equal("1280,1280>1280 x1", Describe(layout.Mid, "down"));
        Assert.Equal(
            ["2560,2560,2560>1280 up x0", "2560,2560,1920>1280 up x1", "1920,1280,960>640 up x1", "960,640,640>320 x1"],
            layout.Up.Select(level => Describe(level, "up")));
        Assert.Equal([first, second, third, fourth], layout.Down.Select(level => (int)level.HeadCount));
        Assert.Equal([fourth, third, second, first], layout.Up.Select(level => (int)level.HeadCount));
        Assert.Equal(fourth, layout.Mid.HeadCount);
        Assert.All(layout.Down.Concat(layout.Up).Append(layout.Mid), level => Assert.Equal(context, level.ContextWidth));
    }

    [Fact]
    public void One_level_neither_halves_nor_doubles()
    {
        var layout = UNetLayout.From(Config([32], [1], attention: 1));
        Assert.Equal("32>32 x1", Describe(Assert.Single(layout.Down), "down"));
        Assert.Equal("64,64>32 x1", Describe(Assert.Single(layout.Up), "up"));
    }

    [Fact]
    public void Two_levels_with_own_layer_counts_join_their_own_skips()
    {
        var layout = UNetLayout.From(Config([16, 48], [1, 3], attention: 0b10));
        Assert.Equal(["16>16 down x0", "16,48,48>48 x1"], layout.Down.Select(level => Describe(level, "down")));
        Assert.Equal(["96,96,96,64>48 up x1", "64,32>16 x0"], layout.Up.Select(level => Describe(level, "up")));
    }

    // Walks the network by hand: every layer on the way down leaves a skip, every block on the way up takes the last one.
    [Fact]
    public void Channels_fit_together_for_every_order_of_blocks()
    {
        int[] palette = [8, 24, 16, 40];
        for (var count = 1; count <= 4; count++)
        {
            for (var attention = 0; attention < 1 << count; attention++)
            {
                foreach (var layers in new int[][] { [1], [2], [.. Enumerable.Range(1, count)], [.. Enumerable.Range(1, count).Reverse()] })
                {
                    var config = Config([.. palette.Take(count)], layers, attention);
                    AssertFits(config, UNetLayout.From(config));
                }
            }
        }
    }

    [Fact]
    public void Time_embedding_width_is_four_times_the_first_level_unless_given()
    {
        Assert.Equal(128, UNetLayout.From(Config([32, 64], [1], 0)).TimeChannels);
        Assert.Equal(100, UNetLayout.From(Config([32, 64], [1], 0) with { TimeEmbeddingDim = 100 }).TimeChannels);
    }

    [Fact]
    public void Transformer_depths_run_backwards_on_the_way_up()
    {
        var layout = UNetLayout.From(Config([8, 16, 24], [1], attention: 0b111) with { TransformerLayersPerBlock = [1, 2, 10] });
        Assert.Equal([1, 2, 10], layout.Down.Select(level => level.TransformerDepth));
        Assert.Equal(10, layout.Mid.TransformerDepth);
        Assert.Equal([10, 2, 1], layout.Up.Select(level => level.TransformerDepth));
    }

    [Theory]
    [InlineData("attention_head_dim")]
    [InlineData("layers_per_block")]
    [InlineData("cross_attention_dim")]
    [InlineData("transformer_layers_per_block")]
    public void Lists_of_another_length_are_refused_by_name(string key)
    {
        var message = Assert.Throws<InvalidDataException>(() => UNetLayout.From(WithList(key, [8, 8]))).Message;
        Assert.Contains(key, message);
        Assert.Contains("3 levels", message);
        Assert.Contains("has 2", message);
    }

    [Theory]
    [InlineData("attention_head_dim")]
    [InlineData("layers_per_block")]
    [InlineData("cross_attention_dim")]
    [InlineData("transformer_layers_per_block")]
    public void Numbers_below_one_are_refused_by_name(string key) =>
        Assert.StartsWith($"{key} must be 1 or more", Assert.Throws<InvalidDataException>(() => UNetLayout.From(WithList(key, [8, 0, 8]))).Message);

    [Fact]
    public void Block_lists_of_another_length_are_refused()
    {
        var config = Config([8, 16], [1], 0);
        foreach (var wrong in new[] { config with { DownBlockTypes = ["DownBlock2D"] }, config with { UpBlockTypes = ["UpBlock2D", "UpBlock2D", "UpBlock2D"] }, config with { BlockOutChannels = [] } })
        {
            Assert.Contains("block_out_channels", Assert.Throws<InvalidDataException>(() => UNetLayout.From(wrong)).Message);
        }
    }

    [Fact]
    public void Unknown_blocks_and_several_context_widths_are_refused_by_value()
    {
        var config = Config([8, 16], [1], 0b11);
        Assert.Contains("AttnDownBlock2D", Assert.Throws<NotSupportedException>(() => UNetLayout.From(config with { DownBlockTypes = ["DownBlock2D", "AttnDownBlock2D"] })).Message);
        Assert.Contains("SimpleCrossAttnUpBlock2D", Assert.Throws<NotSupportedException>(() => UNetLayout.From(config with { UpBlockTypes = ["SimpleCrossAttnUpBlock2D", "UpBlock2D"] })).Message);
        Assert.Contains("cross_attention_dim = 8, 16", Assert.Throws<NotSupportedException>(() => UNetLayout.From(config with { CrossAttentionDim = [8, 16] })).Message);
    }

    private static void AssertFits(UNet2DConditionConfig config, UNetLayout layout)
    {
        var (skips, width) = (new Stack<long>(), (long)config.BlockOutChannels[0]);
        skips.Push(width);
        for (var i = 0; i < layout.Down.Count; i++)
        {
            var level = layout.Down[i];
            Assert.Equal(config.BlockOutChannels[i], level.Channels);
            Assert.Equal(config.DownBlockTypes[i].StartsWith("Cross", StringComparison.Ordinal), level.TransformerDepth > 0);
            foreach (var inputs in level.ResnetInputs)
            {
                Assert.Equal(width, inputs);
                width = level.Channels;
                skips.Push(width);
            }

            Assert.Equal(i < layout.Down.Count - 1, level.Resizes);
            if (level.Resizes)
            {
                skips.Push(width);
            }
        }

        Assert.All(layout.Mid.ResnetInputs, inputs => Assert.Equal(width, inputs));
        for (var i = 0; i < layout.Up.Count; i++)
        {
            var level = layout.Up[i];
            Assert.Equal(config.UpBlockTypes[i].StartsWith("Cross", StringComparison.Ordinal), level.TransformerDepth > 0);
            foreach (var inputs in level.ResnetInputs)
            {
                Assert.Equal(width + skips.Pop(), inputs);
                width = level.Channels;
            }
        }

        Assert.Empty(skips);
        Assert.Equal(config.BlockOutChannels[0], width);
    }

    private static UNet2DConditionConfig Config(int[] channels, int[] layers, int attention) => new()
    {
        BlockOutChannels = channels,
        LayersPerBlock = layers,
        DownBlockTypes = [.. channels.Select((_, i) => DownKinds[(attention >> i & 1) == 1 ? 0 : 1])],
        UpBlockTypes = [.. channels.Select((_, i) => UpKinds[(attention >> (channels.Length - 1 - i) & 1) == 1 ? 0 : 1])],
    };

    private static UNet2DConditionConfig WithList(string key, int[] list)
    {
        var config = Config([8, 16, 24], [1], 0b111);
        return key switch
        {
            "attention_head_dim" => config with { AttentionHeadDim = list },
            "layers_per_block" => config with { LayersPerBlock = list },
            "cross_attention_dim" => config with { CrossAttentionDim = list },
            _ => config with { TransformerLayersPerBlock = list },
        };
    }

    private static string Describe(UNetLevel level, string resize) => $"{string.Join(',', level.ResnetInputs)}>{level.Channels}{(level.Resizes ? $" {resize}" : "")} x{level.TransformerDepth}";
}
