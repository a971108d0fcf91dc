using Atelier.Artifacts.Pickles;
using Atelier.Artifacts.Safetensors;

namespace Atelier.Artifacts.Tensors;

/// <summary>Opens one file of tensors, whatever its format.</summary>
public static class TensorFile
{
    /// <summary>Opens a file by the ending of its name.</summary>
    /// <param name="path">A <c>.bin</c>, <c>.pt</c> or <c>.pth</c> is a pickle (<see cref="PickleFile"/>), anything else a safetensors file (<see cref="SafetensorsFile"/>).</param>
    /// <returns>The open file, owned by the caller.</returns>
    /// <exception cref="TensorFileException">The file is not a sound one of its format.</exception>
    /// <exception cref="IOException">The file can't be opened or mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ITensorSource Open(string path) => Path.GetExtension(path) is ".bin" or ".pt" or ".pth" ? PickleFile.Open(path) : SafetensorsFile.Open(path);
}
