using Atelier.Diffusion.Adapters;
using Atelier.Tests.Parity;
using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests.Adapters;

public class LoraFormatTests
{
    public static TheoryData<string> Styles => [.. Folders];

    // The others were run at full scale only.
    public static TheoryData<string> FullyRecordedStyles => [.. Folders.Where(style => string.Equals(ExpectedOutput(style), "out.scale1", StringComparison.Ordinal))];

    private static IEnumerable<string> Folders =>
        Directory.EnumerateDirectories(GoldenFolder.At("lora-formats")).Order(StringComparer.Ordinal).Select(path => Path.GetFileName(path)!);

    [Theory]
    [MemberData(nameof(Styles))]
    public void File_acts_as_in_the_original(string style)
    {
        using var test = new AdapterCase();
        var adapters = test.Apply(AdapterCase.FileOf(style));
        var expected = test.Expected(ExpectedOutput(style));
        TensorAssert.CloseToLargest(expected, test.Predict(), Tolerance.NetworkOutput, $"{style} as a side branch");
        adapters.PrepareInference();
        TensorAssert.CloseToLargest(expected, test.Predict(), Tolerance.NetworkOutput, $"{style} folded");
    }

    [Theory]
    [MemberData(nameof(FullyRecordedStyles))]
    public void Half_the_scale_acts_as_in_the_original(string style)
    {
        using var test = new AdapterCase();
        var adapters = test.Apply(AdapterCase.FileOf(style));
        adapters.SetScale(0.5);
        TensorAssert.CloseToLargest(test.Expected("out.scale0.5"), test.Predict(), Tolerance.NetworkOutput, $"{style} as a side branch");
        adapters.PrepareInference();
        TensorAssert.CloseToLargest(test.Expected("out.scale0.5"), test.Predict(), Tolerance.NetworkOutput, $"{style} folded");
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void Written_files_act_as_the_file_they_were_read_from(string style)
    {
        using var folder = new TemporaryFolder();
        using var original = new AdapterCase();
        var adapters = original.Apply(AdapterCase.FileOf(style));
        LoraFile.WriteDiffusers(folder.At("diffusers.safetensors"), adapters);
        LoraFile.WriteKohya(folder.At("kohya.safetensors"), adapters);
        foreach (var name in (string[])["diffusers.safetensors", "kohya.safetensors"])
        {
            using var copy = new AdapterCase();
            copy.Apply(folder.At(name));
            TensorAssert.CloseToLargest(original.Expected(ExpectedOutput(style)), copy.Predict(), Tolerance.NetworkOutput, $"{style} as {name}");
        }
    }

    [Fact]
    public void Network_without_adapters_is_what_the_files_were_made_for()
    {
        using var test = new AdapterCase();
        TensorAssert.CloseToLargest(test.Expected("out.base"), test.Predict(), Tolerance.NetworkOutput, "the base network");
    }

    [Fact]
    public void Alpha_that_is_not_the_rank_is_read_from_each_style_that_has_it()
    {
        foreach (var style in (string[])["diffusers", "diffusers-mixed", "kohya", "peft"])
        {
            using var weights = LoraFile.Read(AdapterCase.FileOf(style));
            Assert.All(weights.Modules, module => Assert.Equal((8L, 16.0), (module.Rank, module.Alpha)));
        }

        using var bare = LoraFile.Read(AdapterCase.FileOf("diffusers-nometa"));
        Assert.All(bare.Modules, module => Assert.Null(module.Alpha));
    }

    private static string ExpectedOutput(string style) => style switch
    {
        "attn-procs" => "out.old",
        "diffusers-nometa" => "read-by-diffusers.diffusers-nometa",
        _ => "out.scale1",
    };
}
