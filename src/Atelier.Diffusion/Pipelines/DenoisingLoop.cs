using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Schedulers;
using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Pipelines;

/// <summary>The one loop that turns noise into latents, for generation and for rollouts.</summary>
public static class DenoisingLoop
{
    /// <summary>Denoises, without recording gradients.</summary>
    /// <param name="unet">The network.</param>
    /// <param name="request">What to denoise, and how.</param>
    /// <param name="observer">Is told of every step; may be null.</param>
    /// <param name="cancellation">Ends the loop between two steps.</param>
    /// <returns>x₀, [B, C, H, W], single precision, in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">η is above 0, but no source of noise is given; or a shape differs.</exception>
    /// <exception cref="OperationCanceledException">The loop was cancelled.</exception>
    public static Tensor Run(UNet2DConditionModel unet, DenoisingRequest request, IDenoisingObserver? observer, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        Shapes.Require(request.StartLatents, [Shapes.Any, Shapes.Any, Shapes.Any, Shapes.Any]);
        var scheduler = request.Scheduler;
        if (scheduler.Eta > 0 && request.Noise is null)
        {
            throw new ArgumentException("A loop with η above 0 needs a source of noise.", nameof(request));
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var latents = request.StartLatents.alias();
        for (var i = 0; i < scheduler.StepCount; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            latents = Step(unet, request, new Position(i, latents), observer);
        }

        return latents.MoveToOuterDisposeScope();
    }

    private static Tensor Step(UNet2DConditionModel unet, DenoisingRequest request, Position position, IDenoisingObserver? observer)
    {
        using var scope = NewDisposeScope();
        var scheduler = request.Scheduler;
        var latents = position.Latents;
        var timesteps = scheduler.TimestepTable.slice(0, position.Index, position.Index + 1, 1).expand(latents.shape[0]);
        var prediction = ClassifierFreeGuidance.Predict(unet, latents, timesteps, request.Condition, request.Guidance);
        var distribution = Ddim.Step(scheduler.Config, scheduler.At(position.Index), latents, prediction);
        var next = scheduler.Eta > 0
            ? distribution.Sample(request.Noise!.Draw(NoiseDraw.OfStep(position.Index), latents.shape.AsSpan(1), latents.device))
            : distribution.Mean.alias();
        observer?.OnStep(new DenoisingStep(position.Index, scheduler.StepCount, latents, next, distribution));
        return next.MoveToOuterDisposeScope();
    }

    private readonly record struct Position(int Index, Tensor Latents);
}
