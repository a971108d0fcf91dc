using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Parity;

/// <summary>Compares tensors.</summary>
internal static class TensorAssert
{
    /// <summary>Every element within a tolerance relative to the largest expected magnitude.</summary>
    public static void CloseToLargest(Tensor expected, Tensor actual, double tolerance, string what)
    {
        var largest = expected.to(ScalarType.Float64).abs().max().item<double>();
        Close(expected, actual, tolerance * largest, what);
    }

    /// <summary>Every element finite and within an absolute plus a relative tolerance.</summary>
    public static void Close(Tensor expected, Tensor actual, double absolute, string what, double relative = 0)
    {
        Assert.Equal(expected.shape, actual.shape);
        var (e, a) = (expected.to(ScalarType.Float64), actual.detach().cpu().to(ScalarType.Float64));
        Assert.True(a.isfinite().all().item<bool>(), $"{what} is not finite.");
        var excess = ((e - a).abs() - (e.abs() * relative)).max().item<double>();
        Assert.True(excess <= absolute, $"{what} is off by {(e - a).abs().max().item<double>():g4}; {absolute:g3} absolute + {relative:g3} relative is allowed.");
    }
}
