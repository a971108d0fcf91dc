using Atelier.Artifacts.Safetensors;

namespace Atelier.Artifacts.Tensors;

/// <summary>
/// Gives read access to named tensors in mapped memory: one file, or an index over several.
/// </summary>
/// <remarks>The methods that most callers want are in <see cref="TensorSources"/>; they work on every source.</remarks>
public interface ITensorSource : IDisposable
{
    /// <summary>Gives the file that was opened, as the caller named it.</summary>
    string FileName { get; }

    /// <summary>Gives the texts that the file's author attached; empty where there are none or the format has no place for them.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Gives the tensors by name.</summary>
    IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Gives the address of a tensor's bytes, without copying them where the file has them in order.</summary>
    /// <param name="entry">One of this source's <see cref="Entries"/>.</param>
    /// <returns>
    /// The address of <see cref="TensorEntry.ByteCount"/> bytes, owned by the source and valid until it is disposed. Writing there changes
    /// this process's view of the tensor, never the file. The address is aligned to the element only if the file's author took care of it,
    /// as <see cref="SafetensorsWriter"/> does.
    /// </returns>
    /// <exception cref="ArgumentException"><paramref name="entry"/> is not one of this source's.</exception>
    /// <exception cref="ObjectDisposedException">The source is disposed.</exception>
    unsafe byte* Locate(TensorEntry entry);
}
