using System.Collections.Immutable;
using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Safetensors;

/// <summary>Describes a tensor to be written: what it is, and where its bytes come from.</summary>
/// <remarks>The parts are checked when <see cref="SafetensorsWriter"/> writes them, so that errors name the file.</remarks>
public sealed class TensorContent
{
    private readonly Action<Stream> _write;

    /// <summary>Describes a tensor whose bytes are at hand.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="elementType">How each element is stored.</param>
    /// <param name="shape">The extent of every axis; empty for a single number.</param>
    /// <param name="bytes">The elements, little-endian, the last axis running fastest.</param>
    public TensorContent(string name, ElementType elementType, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> bytes)
        : this(name, elementType, shape, stream => stream.Write(bytes.Span))
    {
        KnownByteCount = bytes.Length;
    }

    /// <summary>Describes a tensor whose bytes are made when they are written, so that not all need to be in memory at once.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="elementType">How each element is stored.</param>
    /// <param name="shape">The extent of every axis; empty for a single number.</param>
    /// <param name="write">
    /// Writes the elements, little-endian, the last axis running fastest, to a stream that can only be written, and takes exactly as many bytes
    /// as the shape demands. It is called once.
    /// </param>
    public TensorContent(string name, ElementType elementType, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(write);
        Name = name;
        ElementType = elementType;
        Shape = [.. shape];
        _write = write;
    }

    /// <summary>Gives the tensor's name.</summary>
    public string Name { get; }

    /// <summary>Gives how each element is stored.</summary>
    public ElementType ElementType { get; }

    /// <summary>Gives the extent of every axis; empty for a single number.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>How many bytes will come, when that is known before they do.</summary>
    internal long? KnownByteCount { get; }

    /// <summary>Writes the elements.</summary>
    internal void WriteTo(Stream stream) => _write(stream);
}
