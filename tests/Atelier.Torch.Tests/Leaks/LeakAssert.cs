using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Leaks;

/// <summary>Counts live tensors of this thread around an operation.</summary>
internal static class LeakAssert
{
    /// <summary>Asserts that an operation leaves exactly its results behind: in the caller's dispose scope, and detached where there is none.</summary>
    public static void LeavesOnly(int resultCount, Func<IEnumerable<Tensor>> operation)
    {
        _ = Count(operation, hasScope: true); // the first run may fill caches of libtorch's or ours
        Assert.Equal((resultCount, 0), Count(operation, hasScope: true));
        Assert.Equal((resultCount, 0), Count(operation, hasScope: false));
    }

    /// <summary>Asserts that what an operation makes and disposes is all gone.</summary>
    public static void LeavesNothing(Action operation) => LeavesOnly(0, () =>
    {
        operation();
        return [];
    });

    private static (long Made, long Left) Count(Func<IEnumerable<Tensor>> operation, bool hasScope)
    {
        var before = Live();
        using var scope = hasScope ? NewDisposeScope() : null;
        var results = operation().ToList();
        var made = Live() - before;
        results.ForEach(result => Assert.False(result.IsInvalid));
        if (scope is null)
        {
            results.ForEach(result => result.Dispose());
        }
        else
        {
            scope.Dispose();
            results.ForEach(result => Assert.True(result.IsInvalid, "A result is not in the caller's dispose scope."));
        }

        return (made, Live() - before);
    }

    private static long Live() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
}
