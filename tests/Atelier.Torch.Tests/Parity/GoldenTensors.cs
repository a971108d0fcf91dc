using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Weights;
using Atelier.Tests.Shared;
using static TorchSharp.torch;

namespace Atelier.Tests.Parity;

/// <summary>The tensors of one golden file.</summary>
internal sealed class GoldenTensors : IDisposable
{
    private readonly SafetensorsFile _file;

    public GoldenTensors(string path) => _file = SafetensorsFile.Open(path);

    public IEnumerable<string> Names => _file.Entries.Keys;

    public Tensor this[string name] => TensorStorage.Read(_file, name);

    public static GoldenTensors At(params string[] parts) => new(GoldenFolder.At(parts));

    public bool Has(string name) => _file.Entries.ContainsKey(name);

    public void Dispose() => _file.Dispose();
}
