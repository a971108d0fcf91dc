namespace Atelier.Diffusion.Pipelines;

/// <summary>Listens to the denoising loop.</summary>
public interface IDenoisingObserver
{
    /// <summary>Is called after each step, on the loop's thread, where no gradient is recorded.</summary>
    /// <param name="denoisingStep">What happened.</param>
    void OnStep(DenoisingStep denoisingStep);
}
