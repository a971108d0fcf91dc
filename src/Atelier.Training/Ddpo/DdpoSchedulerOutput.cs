using static TorchSharp.torch;

namespace Atelier.Training.Ddpo;

/// <summary>How likely the policy makes given steps.</summary>
/// <param name="LogProbabilities">log p, [B]; differentiable in the trained parameters.</param>
public sealed record DdpoSchedulerOutput(Tensor LogProbabilities);
