using Atelier.Tracking;
using Xunit;

namespace Atelier.Tests.Tracking;

public class TensorBoardTrackerTests
{
    // 2026-01-02 03:04:05 UTC, where ManualClock starts.
    private const long StartSeconds = 1767323045;

    // The check value of the CRC catalogue (reveng.sourceforge.io, CRC-32/ISCSI) and two of RFC 3720, B.4: they pin the decoder's checksum,
    // and the decoder checks the tracker's.
    [Fact]
    public void Checksum_has_the_known_values()
    {
        Assert.Equal(0xE3069283u, EventFileReader.Crc32C("123456789"u8));
        Assert.Equal(0x8A9136AAu, EventFileReader.Crc32C(new byte[32]));
        Assert.Equal(0x46DD794Eu, EventFileReader.Crc32C([.. Enumerable.Range(0, 32).Select(value => (byte)value)]));
    }

    [Fact]
    public void File_has_the_name_and_the_version_that_TensorBoard_expects()
    {
        using var folder = new TemporaryFolder();
        new TensorBoardTracker(folder.At("tensorboard"), new ManualClock()).Dispose();

        var path = Assert.Single(Directory.GetFiles(folder.At("tensorboard")));
        Assert.Equal($"events.out.tfevents.{StartSeconds}.{Environment.MachineName}", Path.GetFileName(path));
        var version = Assert.Single(EventFileReader.Read(path));
        Assert.Equal((StartSeconds, "brain.Event:2"), (version.Double(1), version.Text(3)));
    }

    [Fact]
    public void Numbers_are_scalars_and_strings_are_texts()
    {
        using var folder = new TemporaryFolder();
        var clock = new ManualClock();
        using var tracker = new TensorBoardTracker(folder.Path, clock);
        clock.Advance(1.5);
        tracker.Log(new RunRecord(300, "update") { ["loss"] = 0.1, ["count"] = 7, ["gone"] = double.NaN, ["prompt"] = "a café", ["rewards"] = new[] { 1.0 } });
        tracker.Log(new RunRecord(301, "rewards") { ["rewards"] = new[] { 1.0 } });

        var logged = EventFileReader.Read(Assert.Single(Directory.GetFiles(folder.Path)));
        Assert.Equal(2, logged.Count);
        Assert.Equal((StartSeconds + 1.5, 300L), (logged[1].Double(1), logged[1].Varint(2)));
        var values = logged[1].Message(5).Messages(1);
        Assert.Equal(["loss", "count", "gone", "prompt"], values.Select(value => value.Text(1)));
        Assert.Equal([0.1f, 7f, float.NaN], values.Take(3).Select(value => value.Float(2)));
        AssertText("a café", values[3]);
    }

    [Fact]
    public void Pictures_are_numbered_and_their_captions_listed()
    {
        using var folder = new TemporaryFolder();
        using var tracker = new TensorBoardTracker(folder.Path, new ManualClock());
        var png = Enumerable.Range(0, 1000).Select(value => (byte)value).ToArray();
        tracker.LogImages(5, "samples", [new TrackedImage(png, 64, 32, "a red circle"), new TrackedImage([9], 1, 1, "a star")]);
        tracker.LogImages(6, "samples", []);

        var logged = EventFileReader.Read(Assert.Single(Directory.GetFiles(folder.Path)));
        Assert.Equal(2, logged.Count);
        var values = logged[1].Message(5).Messages(1);
        Assert.Equal(["samples/0", "samples/1", "samples/captions"], values.Select(value => value.Text(1)));
        var image = values[0].Message(4);
        Assert.Equal((32L, 64L, 3L), (image.Varint(1), image.Varint(2), image.Varint(3)));
        Assert.Equal(png, image.Bytes(4));
        AssertText("- **0** a red circle\n- **1** a star\n", values[2]);
    }

    [Fact]
    public void Settings_are_a_text()
    {
        using var folder = new TemporaryFolder();
        using var tracker = new TensorBoardTracker(folder.Path, new ManualClock());
        tracker.LogConfiguration("{ }");

        AssertText("```json\n{ }\n```", EventFileReader.Read(Assert.Single(Directory.GetFiles(folder.Path)))[1].Message(5).Message(1));
    }

    [Fact]
    public void Resumed_run_gets_a_later_file_that_begins_with_a_restart()
    {
        using var folder = new TemporaryFolder();
        var clock = new ManualClock();
        new TensorBoardTracker(folder.Path, clock).Dispose();
        using (var tracker = new TensorBoardTracker(folder.Path, clock, firstStep: 40)) // in the same second
        {
            tracker.Log(new RunRecord(40, "update") { ["loss"] = 1 });
        }

        var paths = Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(2, paths.Length);
        Assert.Single(EventFileReader.Read(paths[0]));
        var logged = EventFileReader.Read(paths[1]);
        Assert.Equal(["brain.Event:2"], logged.Where(entry => entry.Has(3)).Select(entry => entry.Text(3)));
        Assert.Equal((40L, 1L), (logged[1].Varint(2), logged[1].Message(7).Varint(1))); // SessionLog.START
        Assert.Equal(1f, logged[2].Message(5).Message(1).Float(2));
    }

    private static void AssertText(string expected, EventFileReader.ProtoMessage value)
    {
        var tensor = value.Message(8);
        Assert.Equal(7L, tensor.Varint(1)); // DT_STRING
        Assert.Equal(1L, tensor.Message(2).Message(2).Varint(1));
        Assert.Equal(expected, tensor.Text(8));
        Assert.Equal("text", value.Message(9).Message(1).Text(1));
    }
}
