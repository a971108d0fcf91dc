using System.Diagnostics;
using Atelier.Artifacts.Hub.Cache;
using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

/// <summary>Locks against <c>flock(1)</c>, which takes the same kind of lock as Python's filelock.</summary>
public sealed class HubLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingObserver _observer = new();

    private string LockPath => _folder.At("locks/x.lock");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Another_program_sees_our_lock()
    {
        using (var taken = await AcquireAsync())
        {
            Assert.True(taken.IsHeld);
            Assert.Equal(1, await RunAsync("-n", LockPath, "true"));
        }

        Assert.Equal(0, await RunAsync("-n", LockPath, "true"));
        Assert.True(File.Exists(LockPath));
    }

    [Fact]
    public async Task We_wait_for_the_lock_of_another_program_and_say_so()
    {
        Directory.CreateDirectory(_folder.At("locks"));
        using var other = Start(LockPath, "sh", "-c", "echo taken; read x");
        await other.StandardOutput.ReadLineAsync();
        var clock = new HurriedClock();

        var acquiring = CacheLock.AcquireAsync(LockPath, _observer, clock, CancellationToken.None);
        await WaitUntilAsync(() => !_observer.Waits.IsEmpty);
        Assert.False(acquiring.IsCompleted);
        await other.StandardInput.WriteLineAsync();
        using var taken = await acquiring;

        Assert.True(taken.IsHeld);
        Assert.Contains(LockPath, Assert.Single(_observer.Waits).Reason, StringComparison.Ordinal);
        Assert.True(clock.Elapsed >= TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task The_wait_can_be_cancelled()
    {
        using var taken = await AcquireAsync();
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CacheLock.AcquireAsync(LockPath, _observer, TimeProvider.System, cancellation.Token));
    }

    [Fact]
    public async Task Two_tasks_of_one_process_exclude_each_other()
    {
        var (inside, most) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var taken = await CacheLock.AcquireAsync(LockPath, _observer, new HurriedClock(), CancellationToken.None);
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Delay(5);
            Interlocked.Decrement(ref inside);
        }));

        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_lock_on_a_file_that_was_deleted_guards_nothing_and_is_taken_again()
    {
        Directory.CreateDirectory(_folder.At("locks"));
        using var other = Start(LockPath, "sh", "-c", $"echo taken; read x; rm '{LockPath}'");
        await other.StandardOutput.ReadLineAsync();
        var acquiring = AcquireAsync();
        await other.StandardInput.WriteLineAsync();

        using var taken = await acquiring;

        Assert.True(File.Exists(LockPath));
        Assert.Equal(1, await RunAsync("-n", LockPath, "true"));
    }

    [Fact]
    public async Task Where_there_can_be_no_lock_we_go_on_without()
    {
        _folder.Write("locks", "a file where the folder should be");

        using var taken = await AcquireAsync();

        Assert.False(taken.IsHeld);
    }

    private Task<CacheLock> AcquireAsync() => CacheLock.AcquireAsync(LockPath, _observer, TimeProvider.System, CancellationToken.None);

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 1000 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }

    private static Process Start(params string[] arguments)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "flock(1) is not here.");
        var start = new ProcessStartInfo("/usr/bin/flock") { RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static async Task<int> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
