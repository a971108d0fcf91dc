using Atelier.Diffusion.Layers;
using Atelier.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Diffusion.Layers;

public class AttentionKernelTests
{
    [Theory]
    [InlineData(7, 5, false)]
    [InlineData(520, 5, false)]
    [InlineData(3, 600, false)]
    [InlineData(6, 6, true)]
    public void Attention_is_the_formula_in_double(long queries, long keys, bool isCausal)
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = (Random(1, queries), Random(2, keys), Random(3, keys));
        TensorAssert.Close(Formula(query, key, value, isCausal), AttentionKernel.Attend(query, key, value, isCausal), 2e-6, "attention");
    }

    // Scores near 1,000 are whole multiples of 4 in bfloat16, so with scores in 16 bits the softmax would pick other tokens.
    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Upcast_scores_survive_half_precision(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = ((Random(1, 9) * 40).to(type), (Random(2, 11) * 40).to(type), Random(3, 11).to(type));
        var expected = Formula(query, key, value, isCausal: false);

        var upcast = AttentionKernel.Attend(query, key, value, upcasts: true);

        Assert.Equal(type, upcast.dtype);
        TensorAssert.CloseToLargest(expected, upcast.to(ScalarType.Float32), Tolerance.BFloat16Rounding, "upcast");
        Assert.True((expected - AttentionKernel.Attend(query, key, value).to(ScalarType.Float64)).abs().max().item<double>() >= (expected - upcast.to(ScalarType.Float64)).abs().max().item<double>());
    }

    private static Tensor Random(ulong seed, long tokens)
    {
        using var generator = new Generator(seed);
        return randn([2, 3, tokens, 4], generator: generator);
    }

    private static Tensor Formula(Tensor query, Tensor key, Tensor value, bool isCausal)
    {
        var (q, k, v) = (query.to(ScalarType.Float64), key.to(ScalarType.Float64), value.to(ScalarType.Float64));
        var scores = (q.unsqueeze(3) * k.unsqueeze(2)).sum(-1) / 2; // √4
        if (isCausal)
        {
            scores = scores + full_like(scores, double.NegativeInfinity).triu(1);
        }

        return (scores.softmax(-1).unsqueeze(-1) * v.unsqueeze(2)).sum(3);
    }
}
