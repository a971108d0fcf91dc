using Atelier.Tracking;
using CsCheck;
using Xunit;

namespace Atelier.Tests.Tracking;

public class JsonLinesTrackerTests
{
    [Fact]
    public void Record_is_one_line_of_json()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("run/metrics.jsonl");
        using (var tracker = new JsonLinesTracker(path))
        {
            tracker.LogConfiguration("{}");
            tracker.Log(new RunRecord(12, "update")
            {
                ["loss"] = 0.5,
                ["whole"] = 2.0,
                ["count"] = 3,
                ["prompt"] = "a \"red\" café\n</script>",
                ["rewards"] = new[] { 1, double.NaN, 1e300 },
                ["kl"] = double.PositiveInfinity,
                ["low"] = double.NegativeInfinity,
            });
            tracker.LogImages(12, "samples", [new TrackedImage([1], 1, 1, "")]);
            tracker.LogText(13, "note", "hello");
        }

        Assert.Equal(
            """
            {"step":12,"kind":"update","loss":0.5,"whole":2.0,"count":3,"prompt":"a \u0022red\u0022 café\n\u003C/script\u003E","rewards":[1.0,"NaN",1E+300],"kl":"Infinity","low":"-Infinity"}
            {"step":13,"kind":"text","tag":"note","text":"hello"}

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(path));
    }

    [Fact]
    public void Record_comes_back_as_it_was() =>
        Gen.Select(Gen.Long, Gen.Double, Gen.Long, Gen.Double.Array[0, 5], Gen.String.AlphaNumeric).Sample(
            (step, number, whole, numbers, text) =>
            {
                using var folder = new TemporaryFolder();
                var written = new RunRecord(step, "any") { ["b"] = number, ["a"] = whole, ["numbers"] = numbers, ["text"] = "=" + text };
                using (var tracker = new JsonLinesTracker(folder.At("x.jsonl")))
                {
                    tracker.Log(written);
                }

                var read = Assert.Single(RunLog.Read(folder.At("x.jsonl")));
                Assert.Equal((step, "any", (double?)null), (read.Step, read.Kind, read.Seconds));
                Assert.Equal(written.Values.ToArray(), read.Values.ToArray());
            },
            iter: 100,
            threads: 1);

    [Fact]
    public void Line_is_on_disk_when_the_call_returns_and_a_live_file_can_be_read()
    {
        using var folder = new TemporaryFolder();
        using var tracker = new JsonLinesTracker(folder.At("x.jsonl"));
        tracker.Log(new RunRecord(1, "update") { ["loss"] = 1.5 });

        Assert.Equal(1.5, Assert.Single(RunLog.Read(folder.At("x.jsonl")))["loss"].Number);
    }

    [Fact]
    public void New_run_does_not_overwrite_a_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("x.jsonl"), "precious");

        Assert.Throws<IOException>(() => new JsonLinesTracker(folder.At("x.jsonl")));
        Assert.Equal("precious", File.ReadAllText(folder.At("x.jsonl")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"step\":5,\"kind\":\"upd")]
    [InlineData("\0\0\0\0")]
    public void Resumed_file_equals_an_uninterrupted_one(string tornTail)
    {
        using var folder = new TemporaryFolder();
        var (whole, broken) = (folder.At("whole.jsonl"), folder.At("broken.jsonl"));
        using (var tracker = new JsonLinesTracker(whole))
        {
            LogSteps(tracker, 0, 10);
        }

        using (var tracker = new JsonLinesTracker(broken))
        {
            LogSteps(tracker, 0, 5); // the checkpoint is that of step 4
        }

        File.AppendAllText(broken, tornTail);
        using (var tracker = JsonLinesTracker.Resume(broken, firstStep: 4))
        {
            LogSteps(tracker, 4, 10);
        }

        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(broken));
    }

    [Fact]
    public void Predicate_decides_where_the_same_step_is_on_both_sides()
    {
        using var folder = new TemporaryFolder();
        using (var tracker = new JsonLinesTracker(folder.At("x.jsonl")))
        {
            tracker.Log(new RunRecord(3, "update"));
            tracker.Log(new RunRecord(4, "epoch"));
            tracker.Log(new RunRecord(4, "rewards"));
            tracker.Log(new RunRecord(3, "late"));
        }

        JsonLinesTracker.Resume(folder.At("x.jsonl"), record => record.Step < 4 || record.Kind == "epoch").Dispose();

        Assert.Equal(["update", "epoch"], RunLog.Read(folder.At("x.jsonl")).Select(record => record.Kind));
    }

    [Fact]
    public void Complete_last_record_without_line_feed_is_kept()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("x.jsonl"), "{\"step\":1,\"kind\":\"a\"}");
        using (var tracker = JsonLinesTracker.Resume(folder.At("x.jsonl"), firstStep: 2))
        {
            tracker.Log(new RunRecord(2, "b"));
        }

        Assert.Equal("{\"step\":1,\"kind\":\"a\"}\n{\"step\":2,\"kind\":\"b\"}\n", File.ReadAllText(folder.At("x.jsonl")));
    }

    [Fact]
    public void Resuming_without_a_file_starts_one()
    {
        using var folder = new TemporaryFolder();
        JsonLinesTracker.Resume(folder.At("x.jsonl"), firstStep: 0).Dispose();

        Assert.Empty(RunLog.Read(folder.At("x.jsonl")));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[1]")]
    [InlineData("{\"step\":1}")]
    [InlineData("{\"step\":1,\"kind\":\"a\",\"x\":null}")]
    [InlineData("{\"step\":1,\"kind\":\"a\",\"x\":[\"text\"]}")]
    public void Damaged_line_before_the_last_one_is_named(string line)
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("x.jsonl");
        File.WriteAllText(path, $"{{\"step\":1,\"kind\":\"a\"}}\n{line}\n{{\"step\":1,\"kind\":\"a\"}}\n");

        Assert.Contains("x.jsonl, line 2: ", Assert.Throws<InvalidDataException>(() => RunLog.Read(path)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => JsonLinesTracker.Resume(path, firstStep: 9));
    }

    [Fact]
    public void Seconds_come_last_and_go_on_after_a_resume()
    {
        using var folder = new TemporaryFolder();
        var clock = new ManualClock();
        using (var tracker = new JsonLinesTracker(folder.At("x.jsonl"), clock))
        {
            clock.Advance(1.2345);
            tracker.Log(new RunRecord(1, "a") { ["x"] = 1 });
        }

        clock.Advance(1000);
        using (var tracker = JsonLinesTracker.Resume(folder.At("x.jsonl"), firstStep: 2, clock))
        {
            clock.Advance(2);
            tracker.Log(new RunRecord(2, "b"));
        }

        Assert.StartsWith("{\"step\":1,\"kind\":\"a\",\"x\":1,\"seconds\":1.23", File.ReadAllText(folder.At("x.jsonl")), StringComparison.Ordinal);
        Assert.Equal([1.234, 3.234], RunLog.Read(folder.At("x.jsonl")).Select(record => record.Seconds!.Value), (a, b) => Math.Abs(a - b) < 0.002);
    }

    [Theory]
    [InlineData("step")]
    [InlineData("kind")]
    [InlineData("seconds")]
    [InlineData("")]
    public void Record_refuses_the_names_of_its_own_properties(string name) =>
        Assert.Throws<ArgumentException>(() => new RunRecord(1, "a") { [name] = 1 });

    [Fact]
    public void Value_of_another_kind_is_refused()
    {
        Assert.Equal(3, new RunValue(3L).Number);
        Assert.Throws<InvalidOperationException>(() => new RunValue(3.0).WholeNumber);
        Assert.Throws<InvalidOperationException>(() => new RunValue("3").Number);
        Assert.Throws<InvalidOperationException>(() => new RunValue("3").Numbers);
        Assert.Throws<InvalidOperationException>(() => new RunValue([3.0]).Text);
    }

    private static void LogSteps(JsonLinesTracker tracker, int start, int end)
    {
        for (var step = start; step < end; step++)
        {
            tracker.Log(new RunRecord(step, "rewards") { ["rewards"] = new[] { 0.1 * step, step } });
            tracker.Log(new RunRecord(step, "update") { ["loss"] = 1.0 / (step + 1) });
        }
    }
}
