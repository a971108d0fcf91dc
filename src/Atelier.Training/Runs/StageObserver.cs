using Atelier.Diffusion.Pipelines;
using Atelier.Tracking;

namespace Atelier.Training.Runs;

/// <summary>Counts denoising steps as progress.</summary>
/// <param name="stage">What advances; borrowed.</param>
internal sealed class StageObserver(ProgressStage stage) : IDenoisingObserver
{
    public void OnStep(DenoisingStep step) => stage.Advance();
}
