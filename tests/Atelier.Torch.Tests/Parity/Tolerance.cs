namespace Atelier.Tests.Parity;

/// <summary>How close results must come to the Python originals', as golden/README.md says.</summary>
internal static class Tolerance
{
    public const double NetworkOutput = 1e-5; // relative to the largest value
    public const double BFloat16Network = 0.05; // relative to the largest value; 8 bits of mantissa through some 60 layers
    public const double BFloat16Rounding = 1.0 / 256; // relative to the largest value: one rounding
    public const double RunLatents = 1e-3;
    public const double LogProbability = 5e-6;
    public const double StepLatents = 1e-6;
    public const double GivenLogProbabilityRelative = 1e-5;
    public const double GivenLogProbabilityAbsolute = 1e-6;
    public const double Images = 2e-4;
    public const double Rewards = 1e-5;
    public const double FirstGradient = 1e-4; // relative error of all gradients as one vector
    public const double LoggedRelative = 5e-4;
    public const double LoggedAbsolute = 5e-5;
    public const double FinalUpdate = 1e-2; // relative error of the update as one vector
}
