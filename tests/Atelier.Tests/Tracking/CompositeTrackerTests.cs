using Atelier.Tracking;
using Xunit;

namespace Atelier.Tests.Tracking;

public class CompositeTrackerTests
{
    [Fact]
    public void Everything_reaches_every_tracker()
    {
        var (first, second) = (new MemoryTracker(), new MemoryTracker());
        using var composite = new CompositeTracker([first, second], (_, exception) => Assert.Fail(exception.Message));
        var record = new RunRecord(1, "update");
        var image = new TrackedImage([1, 2], 3, 4, "caption");

        composite.LogConfiguration("{}");
        composite.Log(record);
        composite.LogImages(2, "samples", [image]);
        composite.LogText(3, "note", "text");

        foreach (var tracker in new[] { first, second })
        {
            Assert.Equal(["{}"], tracker.Configurations);
            Assert.Same(record, Assert.Single(tracker.Records));
            var images = Assert.Single(tracker.Images);
            Assert.Equal((2L, "samples"), (images.Step, images.Tag));
            Assert.Same(image, Assert.Single(images.Images));
            Assert.Equal([new TrackedText(3, "note", "text")], tracker.Texts);
        }
    }

    [Fact]
    public void Failing_tracker_is_reported_once_and_harms_nobody()
    {
        var (failing, memory) = (new FailingTracker(), new MemoryTracker());
        List<(IRunTracker, string)> failures = [];
        var composite = new CompositeTracker([failing, memory], (tracker, exception) => failures.Add((tracker, exception.Message)));

        composite.Log(new RunRecord(1, "update"));
        composite.Log(new RunRecord(2, "update"));
        composite.LogText(2, "note", "text");

        Assert.Equal([(failing, "disk full")], failures);
        Assert.Equal([memory], composite.Working);
        Assert.Equal(1, failing.CallCount);
        Assert.Equal(2, memory.Records.Count);
        Assert.Single(memory.Texts);

        composite.Dispose();
        composite.Dispose();

        Assert.Equal(1, failing.DisposeCount);
        Assert.Single(failures);
    }

    [Fact]
    public void Failure_while_disposing_is_reported()
    {
        List<string> failures = [];
        new CompositeTracker([new FailingTracker()], (_, exception) => failures.Add(exception.Message)).Dispose();

        Assert.Equal(["cannot close"], failures);
    }

    private sealed class FailingTracker : IRunTracker
    {
        public int CallCount { get; private set; }

        public int DisposeCount { get; private set; }

        public void LogConfiguration(string json) => Fail();

        public void Log(RunRecord record) => Fail();

        public void LogImages(long globalStep, string tag, IReadOnlyList<TrackedImage> images) => Fail();

        public void LogText(long globalStep, string tag, string text) => Fail();

        public void Dispose()
        {
            DisposeCount++;
            throw new IOException("cannot close");
        }

        private void Fail()
        {
            CallCount++;
            throw new IOException("disk full");
        }
    }
}
