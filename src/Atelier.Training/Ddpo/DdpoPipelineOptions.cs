using Atelier.Artifacts.Hub;
using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Tensors;

namespace Atelier.Training.Ddpo;

/// <summary>How <see cref="DefaultDdpoStableDiffusionPipeline"/> loads a model for training.</summary>
public sealed record DdpoPipelineOptions
{
    /// <summary>Gets whether low-rank adapters are trained and not the UNet itself.</summary>
    public bool UseLora { get; init; } = true;

    /// <summary>Gets the adapters' size and targets.</summary>
    public LoraOptions Lora { get; init; } = new();

    /// <summary>Gets whether blocks keep only their inputs for the backward pass and are computed again there: less memory, more time.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Gets the seed of the adapters' first values.</summary>
    public long Seed { get; init; }

    /// <summary>Gets where the networks go, and in which format.</summary>
    /// <value>Default: the CPU, in single precision.</value>
    public Placement Placement { get => field ?? Placement.Cpu; init; } // read late: the hub can be asked while libtorch is loaded

    /// <summary>Gets the branch, tag or commit of a model on the hub.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>Gets the connection to the hub, borrowed; null makes one from the environment's variables where a name asks for it.</summary>
    public HubClient? Hub { get; init; }

    /// <summary>Gets the weight files' variant, such as <c>fp16</c>; null for the plain ones.</summary>
    public string? Variant { get; init; }
}
