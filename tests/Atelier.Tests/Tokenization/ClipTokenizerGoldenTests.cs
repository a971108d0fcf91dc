using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Atelier.Tests.Shared;
using Atelier.Tokenization;
using Xunit;

namespace Atelier.Tests.Tokenization;

/// <summary>Ids that the Python original computed.</summary>
public class ClipTokenizerGoldenTests
{
    [Fact]
    public void Clips_own_vocabulary_gives_the_originals_ids_and_texts()
    {
        var folder = GoldenFolder.At("clip-tokenizer");
        Assert.SkipUnless(
            Directory.Exists(folder),
            $"CLIP's vocabulary is third-party data and not in this repository: set ATELIER_GOLDEN to a folder with clip-tokenizer/ in it (there is no {folder}).");
        var tokenizer = ClipTokenizer.FromFolder(folder);
        using var cases = JsonDocument.Parse(File.ReadAllBytes(GoldenFolder.At("clip-tokenizer-cases.json")));

        var all = cases.RootElement.EnumerateArray().ToList();
        Assert.NotEmpty(all);
        foreach (var item in all)
        {
            var text = item.GetProperty("text").GetString()!;
            long[] ids = [.. item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64())];
            Assert.Equal(ids, tokenizer.Encode([text]).Ids);
            Assert.Equal(item.GetProperty("untruncated_length").GetInt32(), tokenizer.Encode(text).Length);
            Assert.Equal(item.GetProperty("decoded").GetString(), tokenizer.Decode(ids, skipSpecialTokens: true));
        }

        Assert.Equal(49408, tokenizer.VocabularySize);
    }

    [Theory]
    [InlineData("sd1")]
    [InlineData("sd2")]
    public void Ids_of_the_text_encoder_cases_are_the_originals(string kind)
    {
        var tokenizer = ClipTokenizer.FromFolder(GoldenFolder.At($"tiny-{kind}", "tokenizer"));
        var expected = ReadIds(GoldenFolder.At("components", $"{kind}-text.safetensors"), name => name is "input_ids");

        // make_golden.py encodes these three.
        var encoded = tokenizer.Encode(["a red circle", "a photo of a small horse on the blue square", ""]);

        Assert.Equal(expected, encoded.Ids);
        Assert.Equal((3, 77), (encoded.Count, encoded.MaxLength));
    }

    [Fact]
    public void Ids_of_the_prompts_of_every_run_are_the_originals()
    {
        var runs = GoldenFolder.Files("runs", "*.json");
        Assert.NotEmpty(runs);
        foreach (var run in runs)
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(run));
            string[] prompts = [.. document.RootElement.GetProperty("prompts").EnumerateArray().Select(prompt => prompt.GetString()!)];
            var tokenizer = ClipTokenizer.FromFolder(GoldenFolder.At(document.RootElement.GetProperty("model").GetString()!, "tokenizer"));
            var expected = ReadIds(Path.ChangeExtension(run, ".safetensors"), name => name.EndsWith(".prompt_ids", StringComparison.Ordinal));

            var cycled = Enumerable.Range(0, expected.Length / tokenizer.MaxLength).Select(i => prompts[i % prompts.Length]).ToList();

            Assert.NotEmpty(cycled);
            Assert.Equal(expected, tokenizer.Encode(cycled).Ids);
        }
    }

    /// <summary>Reads the 64-bit integers of the tensors of some names, in the order of their names, one after the other.</summary>
    private static long[] ReadIds(string path, Func<string, bool> isWanted)
    {
        var file = File.ReadAllBytes(path);
        var dataStart = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var header = JsonDocument.Parse(file.AsMemory(8, dataStart - 8));
        List<long> values = [];
        foreach (var tensor in header.RootElement.EnumerateObject().Where(tensor => isWanted(tensor.Name)).OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            Assert.Equal("I64", tensor.Value.GetProperty("dtype").GetString());
            var offsets = tensor.Value.GetProperty("data_offsets");
            var range = (dataStart + offsets[0].GetInt32())..(dataStart + offsets[1].GetInt32());
            values.AddRange(MemoryMarshal.Cast<byte, long>(file.AsSpan(range)).ToArray());
        }

        return [.. values];
    }
}
