using static TorchSharp.torch;

namespace Atelier.Diffusion.Adapters;

/// <summary>A module's adapter as a file holds it.</summary>
/// <param name="Module">The module's name in the network, such as <c>down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q</c>.</param>
/// <param name="IsFlattened">Whether <paramref name="Module"/> has underscores for its dots, as in kohya's files.</param>
/// <param name="Down">A, [r, in] or [r, in, height, width], in the file's type on the CPU.</param>
/// <param name="Up">B, [out, r] or [out, r, 1, 1], in the file's type on the CPU.</param>
/// <param name="Alpha">α, or null where the file has none, which means the rank.</param>
public sealed record LoraModuleWeights(string Module, bool IsFlattened, Tensor Down, Tensor Up, double? Alpha)
{
    /// <summary>Gets r.</summary>
    public long Rank => Down.shape[0];
}
