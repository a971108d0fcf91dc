using System.Runtime.InteropServices;

namespace Atelier.Imaging;

/// <summary>One point of a line.</summary>
/// <param name="X">Position along the horizontal axis.</param>
/// <param name="Y">Value. One that is not finite, or not positive on a logarithmic axis, leaves a gap in the line.</param>
/// <param name="Deviation">Half the height of the shaded band around the value, such as a standard deviation; 0: no band.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ChartPoint(double X, double Y, double Deviation = 0);
