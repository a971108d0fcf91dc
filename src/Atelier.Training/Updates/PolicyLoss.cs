using static TorchSharp.torch;

namespace Atelier.Training.Updates;

/// <summary>The loss of a batch of actions, and how far the policy has moved.</summary>
/// <param name="Loss">The clipped surrogate, without dimensions; differentiable.</param>
/// <param name="ApproximateKl">½·mean((log p − log p_old)²), without dimensions. Source: Schulman 2020, "Approximating KL divergence".</param>
/// <param name="ClipFraction">The share of actions with |ρ − 1| above the clip range, without dimensions.</param>
/// <param name="RatioDeviation">|ρ − 1| of each action, [B].</param>
public sealed record PolicyLoss(Tensor Loss, Tensor ApproximateKl, Tensor ClipFraction, Tensor RatioDeviation);
