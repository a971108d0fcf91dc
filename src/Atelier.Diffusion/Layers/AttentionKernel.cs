using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>Scaled dot-product attention by libtorch's fused kernel, which keeps no [T, S] matrix, not even for the backward pass.</summary>
internal static class AttentionKernel
{
    /// <summary>Computes attention in several heads, side by side in the last dimension.</summary>
    /// <param name="query">Q, [B, T, heads·d].</param>
    /// <param name="key">K, [B, S, heads·d].</param>
    /// <param name="value">V, [B, S, heads·d].</param>
    /// <param name="headCount">The number of heads.</param>
    /// <param name="isCausal">Whether token t sees only keys up to t.</param>
    /// <param name="upcasts">Whether it is computed in single precision where the tensors have half of it.</param>
    /// <returns>[B, T, heads·d], in the caller's dispose scope.</returns>
    public static Tensor AttendInHeads(Tensor query, Tensor key, Tensor value, long headCount, bool isCausal = false, bool upcasts = false)
    {
        using var scope = NewDisposeScope();
        var attended = Attend(Split(query), Split(key), Split(value), isCausal, upcasts);
        return attended.transpose(1, 2).reshape(query.shape).MoveToOuterDisposeScope();

        // [B, T, heads·d] -> [B, heads, T, d]
        Tensor Split(Tensor features) => features.view(features.shape[0], features.shape[1], headCount, -1).transpose(1, 2);
    }

    /// <summary>Computes softmax(Q·Kᵀ/√d)·V.</summary>
    /// <remarks>Differs from diffusers' <c>upcast_attention</c>: the probabilities stay in single precision until they have met the values, and the fused kernel honours it.</remarks>
    /// <param name="query">Q, [B, heads, T, d].</param>
    /// <param name="key">K, [B, heads, S, d].</param>
    /// <param name="value">V, [B, heads, S, d].</param>
    /// <param name="isCausal">Whether token t sees only keys up to t.</param>
    /// <param name="upcasts">Whether it is computed in single precision where the tensors have half of it.</param>
    /// <returns>[B, heads, T, d] in the query's type, in the caller's dispose scope.</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, bool isCausal = false, bool upcasts = false)
    {
        if (upcasts && query.dtype is (ScalarType.Float16 or ScalarType.BFloat16))
        {
            using var single = NewDisposeScope();
            var attended = Attend(query.to(ScalarType.Float32), key.to(ScalarType.Float32), value.to(ScalarType.Float32), isCausal);
            return attended.to(query.dtype).MoveToOuterDisposeScope();
        }

        return functional.scaled_dot_product_attention(query, key, value, is_casual: isCausal);
    }
}
