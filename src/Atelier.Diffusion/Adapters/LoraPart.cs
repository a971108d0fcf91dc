namespace Atelier.Diffusion.Adapters;

/// <summary>What a tensor of a LoRA file is to its module.</summary>
internal enum LoraPart
{
    /// <summary>A.</summary>
    Down,

    /// <summary>B.</summary>
    Up,

    /// <summary>α.</summary>
    Alpha,
}
