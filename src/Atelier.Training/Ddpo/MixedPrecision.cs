namespace Atelier.Training.Ddpo;

/// <summary>Chooses the number format of the networks that aren't trained, and of the computation.</summary>
public enum MixedPrecision
{
    /// <summary>32 bits on the CPU, 16-bit floats on a GPU.</summary>
    Auto,

    /// <summary>32 bits throughout.</summary>
    No,

    /// <summary>16-bit floats; the trained weights stay in 32 bits and the loss is scaled.</summary>
    Fp16,

    /// <summary>16-bit floats with the exponent of 32-bit ones; the trained weights stay in 32 bits.</summary>
    Bf16,
}
