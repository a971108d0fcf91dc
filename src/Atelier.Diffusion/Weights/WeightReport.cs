namespace Atelier.Diffusion.Weights;

/// <summary>What does not fit between a network and a file.</summary>
/// <param name="Missing">Parameters of the network that the file lacks.</param>
/// <param name="Unexpected">Tensors of the file that the network has no place for.</param>
/// <param name="Misshapen">Tensors of another shape or kind, as <c>name expected [..], got [..]</c>.</param>
public sealed record WeightReport(IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<string> Misshapen)
{
    /// <summary>Gets whether everything fits.</summary>
    public bool Fits => Missing.Count + Unexpected.Count + Misshapen.Count == 0;
}
