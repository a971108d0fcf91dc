using System.Text;
using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Xunit;

namespace Atelier.Tests.Artifacts;

public class SafetensorsHeaderTests
{
    private const string SoundX = """{"x":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}""";

    [Fact]
    public void Sound_header_gives_entries_in_file_order()
    {
        var header = SafetensorsHeader.Parse(
            RawFile.Make("""{"b":{"data_offsets":[8,10],"shape":[],"dtype":"BF16"},"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"__metadata__":{"format":"pt"}}  """, 10),
            "f");

        Assert.Equal(["a", "b"], header.Entries.Keys);
        Assert.Equal(new TensorEntry("a", ElementType.I64, [1], header.DataOffset, 8), header.Entries["a"]);
        Assert.Equal(new TensorEntry("b", ElementType.BF16, [], header.DataOffset + 8, 2), header.Entries["b"]);
        Assert.Equal(1, header.Entries["b"].ElementCount);
        Assert.Equal("pt", Assert.Single(header.Metadata).Value);
        Assert.Equal("a I64 [1]", header.Entries["a"].ToString());
    }

    [Fact]
    public void Header_without_tensors_is_accepted() => Assert.Empty(SafetensorsHeader.Parse(RawFile.Make("{}"), "f").Entries);

    [Fact]
    public void Empty_tensors_may_lie_between_others()
    {
        const string header = """{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"none":{"dtype":"F32","shape":[0,7],"data_offsets":[4,4]},"y":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},"last":{"dtype":"I8","shape":[0],"data_offsets":[5,5]}}""";

        var entries = SafetensorsHeader.Parse(RawFile.Make(header, 5), "f").Entries;

        Assert.Equal(4, entries.Count);
        Assert.Equal(0, entries["none"].ElementCount);
    }

    [Fact]
    public void Escaped_names_and_keys_are_understood()
    {
        var header = SafetensorsHeader.Parse(RawFile.Make("""{"\u0078\"é":{"d\u0074ype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1), "f");

        Assert.Equal("x\"é", Assert.Single(header.Entries.Keys));
    }

    [Fact]
    public void Tensors_of_more_than_2_GiB_are_placed()
    {
        const long byteCount = 6_000_000_000;
        var start = RawFile.Make($$$"""{"big":{"dtype":"U8","shape":[{{{byteCount}}}],"data_offsets":[0,{{{byteCount}}}]},"next":{"dtype":"U8","shape":[1],"data_offsets":[{{{byteCount}}},{{{byteCount + 1}}}]}}""");

        var header = SafetensorsHeader.Parse(start, start.Length + byteCount + 1, "f");

        Assert.Equal(start.Length + byteCount, header.Entries["next"].ByteOffset);
    }

    [Fact]
    public void Start_that_ends_inside_the_header_is_the_callers_fault()
    {
        var file = RawFile.Make(SoundX, 24);

        Assert.Throws<ArgumentException>(() => SafetensorsHeader.Parse(file.AsSpan(0, 20), file.Length, "f"));
        Assert.Throws<ArgumentException>(() => SafetensorsHeader.Parse(file.AsSpan(0, 4), file.Length, "f"));
        Assert.Throws<ArgumentOutOfRangeException>(() => SafetensorsHeader.Parse(file, file.Length - 1, "f"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void File_too_short_for_a_length_is_refused(int byteCount) => Assert.Contains("truncated", RawFile.Refused(new byte[byteCount], null).Problem, StringComparison.Ordinal);

    [Fact]
    public void File_cut_inside_the_header_is_refused() => Assert.Contains("truncated", RawFile.Refused(RawFile.Make(SoundX, 24)[..40], null).Problem, StringComparison.Ordinal);

    [Fact]
    public void File_cut_inside_the_data_is_refused() => Assert.Contains("truncated", RawFile.Refused(RawFile.Make(SoundX, 23), "x").Problem, StringComparison.Ordinal);

    [Fact]
    public void Header_longer_than_the_file_is_refused() => Assert.Contains("claims 1000 bytes", RawFile.Refused(RawFile.WithClaimedLength(1000), null).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData(100_000_001UL)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData(ulong.MaxValue)]
    public void Header_over_the_limit_is_refused(ulong claim) => Assert.Contains("at most 100000000", RawFile.Refused(RawFile.WithClaimedLength(claim), null).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData(" {}")]
    [InlineData("[]")]
    [InlineData("\uFEFF{}")]
    public void Header_not_starting_with_a_brace_is_refused(string header) => Assert.Contains("'{'", RawFile.Refused(RawFile.Make(header), null).Problem, StringComparison.Ordinal);

    [Fact]
    public void Invalid_utf8_is_refused() => Assert.Contains("UTF-8", RawFile.Refused(RawFile.Make([(byte)'{', (byte)'"', 0xC3, 0x28, (byte)'"', (byte)'}']), null).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("{")]
    [InlineData("{]")]
    [InlineData("{}x")]
    [InlineData("{}{}")]
    [InlineData("{}\0")]
    [InlineData("{,}")]
    [InlineData("{/**/}")]
    [InlineData("{\"x\"}")]
    public void Invalid_json_is_refused(string header) => Assert.Contains("not valid JSON", RawFile.Refused(RawFile.Make(header), null).Problem, StringComparison.Ordinal);

    [Fact]
    public void Invalid_json_inside_a_tensor_names_it() => Assert.Contains("not valid JSON", RawFile.Refused(RawFile.Make("""{"x":{"dtype":"F32",}}"""), "x").Problem, StringComparison.Ordinal);

    [Fact]
    public void Lone_surrogate_is_refused() => Assert.Contains("Unicode", RawFile.Refused(RawFile.Make("""{"\ud800":{}}"""), null).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("x")]
    [InlineData("\\u0078")]
    public void Duplicate_tensor_name_is_refused(string second)
    {
        var header = $$$"""{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"{{{second}}}":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""";

        Assert.Contains("twice", RawFile.Refused(RawFile.Make(header, 1), "x").Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("F8_E4M3")]
    [InlineData("f32")]
    [InlineData("")]
    public void Unknown_dtype_is_refused(string dtype)
    {
        var exception = RawFile.Refused(RawFile.Make($$$"""{"x":{"dtype":"{{{dtype}}}","shape":[1],"data_offsets":[0,1]}}""", 1), "x");

        Assert.Contains($"dtype '{dtype}' is unknown", exception.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"dtype":7,"shape":[1],"data_offsets":[0,1]}""", "'dtype' is not a string")]
    [InlineData("""{"dtype":"U8","shape":1,"data_offsets":[0,1]}""", "'shape' is not an array")]
    [InlineData("""{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}""", "'shape' holds something that is not a number")]
    [InlineData("""{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}""", "'shape' holds something that is not a number")]
    [InlineData("""{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}""", "not an integer of 63 bits")]
    [InlineData("""{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}""", "not an integer of 63 bits")]
    [InlineData("""{"dtype":"U8","shape":[1],"data_offsets":[0]}""", "holds 1 numbers instead of 2")]
    [InlineData("""{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}""", "more than 2 numbers")]
    [InlineData("""{"dtype":"U8","shape":[1],"data_offsets":null}""", "'data_offsets' is not an array")]
    [InlineData("[]", "not an object")]
    [InlineData("null", "not an object")]
    public void Value_of_the_wrong_kind_is_refused(string entry, string problem) => Assert.Contains(problem, RawFile.Refused(RawFile.Make($$$"""{"x":{{{entry}}}}""", 1), "x").Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("-9223372036854775809")]
    public void Negative_shape_is_refused(string extent) => Assert.Contains("negative", RawFile.Refused(RawFile.Make($$$"""{"x":{"dtype":"U8","shape":[{{{extent}}}],"data_offsets":[0,1]}}""", 1), "x").Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("9223372036854775807,2")]
    [InlineData("4294967296,4294967296")]
    [InlineData("4611686018427387904")]
    [InlineData("0,9223372036854775807,9223372036854775807")]
    [InlineData("9223372036854775807,9223372036854775807,0")]
    public void Overflowing_shape_is_refused(string shape) => Assert.Contains("63 bits", RawFile.Refused(RawFile.Make($$$"""{"x":{"dtype":"I16","shape":[{{{shape}}}],"data_offsets":[0,0]}}"""), "x").Problem, StringComparison.Ordinal);

    [Fact]
    public void Extent_of_64_bits_is_refused() => Assert.Contains("63 bits", RawFile.Refused(RawFile.Make("""{"x":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,1]}}""", 1), "x").Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData(0, 25, 25)]
    [InlineData(9223372036854775800, 9223372036854775807, 7)]
    public void Offsets_out_of_range_are_refused(long begin, long end, int extent)
    {
        var header = $$$"""{"x":{"dtype":"U8","shape":[{{{extent}}}],"data_offsets":[{{{begin}}},{{{end}}}]}}""";

        Assert.Contains("end after the file's 24 data bytes", RawFile.Refused(RawFile.Make(header, 24), "x").Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Negative_offsets_are_refused() => Assert.Contains("negative", RawFile.Refused(RawFile.Make("""{"x":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}"""), "x").Problem, StringComparison.Ordinal);

    [Fact]
    public void Reversed_offsets_are_refused() => Assert.Contains("reversed", RawFile.Refused(RawFile.Make("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""", 4), "x").Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData(2, 6)]
    [InlineData(0, 4)]
    public void Overlapping_tensors_are_refused(int begin, int end)
    {
        var header = $$$"""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[4],"data_offsets":[{{{begin}}},{{{end}}}]}}""";

        Assert.Contains("overlap those of 'x'", RawFile.Refused(RawFile.Make(header, 6), "y").Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_tensor_inside_another_is_refused()
    {
        const string header = """{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}""";

        Assert.Contains("overlap", RawFile.Refused(RawFile.Make(header, 4), "y").Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 5, 4)]
    [InlineData(5, 9, 4)]
    public void Hole_before_a_tensor_is_refused(int begin, int end, int extent)
    {
        var header = $$$"""{"y":{"dtype":"U8","shape":[{{{extent}}}],"data_offsets":[{{{begin}}},{{{end}}}]}}""";

        Assert.Contains("leaving a hole", RawFile.Refused(RawFile.Make(header, end), "y").Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Hole_at_the_end_is_refused() => Assert.Contains("leaving a hole", RawFile.Refused(RawFile.Make(SoundX, 25), "x").Problem, StringComparison.Ordinal);

    [Fact]
    public void Data_without_tensors_is_refused() => Assert.Contains("leaving a hole", RawFile.Refused(RawFile.Make("{}", 1), null).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("F32", "[2,3]", 23)]
    [InlineData("F64", "[2,3]", 24)]
    [InlineData("F32", "[]", 8)]
    [InlineData("F32", "[0]", 4)]
    public void Size_that_differs_from_the_shape_is_refused(string dtype, string shape, int byteCount)
    {
        var header = $$$"""{"x":{"dtype":"{{{dtype}}}","shape":{{{shape}}},"data_offsets":[0,{{{byteCount}}}]}}""";

        Assert.Contains("size differs from its shape", RawFile.Refused(RawFile.Make(header, byteCount), "x").Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"__metadata__":{"epoch":3}}""", "'epoch' is not a string")]
    [InlineData("""{"__metadata__":{"epoch":null}}""", "'epoch' is not a string")]
    [InlineData("""{"__metadata__":{"epoch":{}}}""", "'epoch' is not a string")]
    [InlineData("""{"__metadata__":[]}""", "not an object")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", "'a' twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "'__metadata__' twice")]
    public void Bad_metadata_is_refused(string header, string problem) => Assert.Contains(problem, RawFile.Refused(RawFile.Make(header), null).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("dtype", "\"F32\"")]
    [InlineData("shape", "[1]")]
    [InlineData("data_offsets", "[0,1]")]
    public void Duplicate_key_in_an_entry_is_refused(string key, string value)
    {
        var header = $$$"""{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"{{{key}}}":{{{value}}}}}""";

        Assert.Contains($"the key '{key}' twice", RawFile.Refused(RawFile.Make(header, 1), "x").Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dtype", """{"shape":[1],"data_offsets":[0,1]}""")]
    [InlineData("shape", """{"dtype":"U8","data_offsets":[0,1]}""")]
    [InlineData("data_offsets", """{"dtype":"U8","shape":[1]}""")]
    public void Missing_key_in_an_entry_is_refused(string key, string entry) => Assert.Contains($"lacks '{key}'", RawFile.Refused(RawFile.Make($$$"""{"x":{{{entry}}}}""", 1), "x").Problem, StringComparison.Ordinal);

    [Fact]
    public void Unknown_key_in_an_entry_is_refused()
    {
        var exception = RawFile.Refused(RawFile.Make("""{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"stride":[1]}}""", 1), "x");

        Assert.Contains("unknown key 'stride'", exception.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"x":""", "x")]
    [InlineData("""{"x":{"shape":""", "x")]
    [InlineData("""{"x":{"other":""", "x")]
    [InlineData("""{"__metadata__":{"k":""", null)]
    public void Deep_nesting_is_refused(string beginning, string? tensorName)
    {
        RawFile.Refused(RawFile.Make(beginning + new string('[', 100_000)), tensorName);
        RawFile.Refused(RawFile.Make(beginning + string.Concat(Enumerable.Repeat("{\"a\":", 20_000))), tensorName);
    }

    [Fact]
    public void Hostile_names_are_shown_in_one_short_line()
    {
        var name = "a\nb\u001b[31m" + new string('n', 100_000);
        var header = $$$"""{"{{{name.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\u001b", "\\u001b", StringComparison.Ordinal)}}}":1}""";

        var exception = Assert.Throws<TensorFileException>(() => SafetensorsHeader.Parse(RawFile.Make(header), "f"));

        Assert.Equal(name, exception.TensorName);
        Assert.StartsWith("f: tensor 'a\\u000ab\\u001b[31mn", exception.Message, StringComparison.Ordinal);
        Assert.True(exception.Message.Length < 300);
    }

    [Fact]
    public void Lying_header_costs_no_memory()
    {
        byte[][] files =
        [
            RawFile.WithClaimedLength(99_999_999),
            RawFile.Make("""{"x":{"dtype":"U8","shape":[4611686018427387904],"data_offsets":[0,4611686018427387904]}}"""),
            RawFile.Make(Encoding.UTF8.GetBytes("{\"x\":{\"shape\":[" + new string(' ', 50_000))),
        ];
        RawFile.Refused(files[0], null); // loads what is loaded once

        foreach (var file in files)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<TensorFileException>(() => SafetensorsHeader.Parse(file, "f"));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        }
    }
}
