using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Clip;

/// <summary>The layers of CLIP's text encoder.</summary>
public sealed class ClipTextTransformer : Module
{
    [ComponentName(Name = "embeddings")]
    private readonly ClipTextEmbeddings _embeddings;

    [ComponentName(Name = "encoder")]
    private readonly ClipEncoder _encoder;

    [ComponentName(Name = "final_layer_norm")]
    private readonly LayerNorm _finalNorm;

    /// <summary>Creates the layers.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="placement">Where the weights live.</param>
    public ClipTextTransformer(ClipTextConfig config, Placement placement)
        : base(nameof(ClipTextTransformer))
    {
        ArgumentNullException.ThrowIfNull(config);
        _embeddings = new ClipTextEmbeddings(config, placement);
        _encoder = new ClipEncoder(config, placement);
        _finalNorm = Norms.Layer(config.HiddenSize, config.LayerNormEps, placement);
        RegisterComponents();
    }

    internal (Tensor Last, Tensor Penultimate) Run(Tensor tokenIds)
    {
        using var scope = NewDisposeScope();
        var (last, penultimate) = _encoder.Run(_embeddings.call(tokenIds));
        var normed = _finalNorm.call(last);
        scope.MoveToOuter(normed, penultimate);
        return (normed, penultimate);
    }

    private sealed class ClipEncoder : Module
    {
        [ComponentName(Name = "layers")]
        private readonly ModuleList<ClipEncoderLayer> _layers;

        public ClipEncoder(ClipTextConfig config, Placement placement)
            : base(nameof(ClipEncoder))
        {
            _layers = new ModuleList<ClipEncoderLayer>([.. Enumerable.Range(0, config.NumHiddenLayers).Select(_ => new ClipEncoderLayer(config, placement))]);
            RegisterComponents();
        }

        public (Tensor Last, Tensor Penultimate) Run(Tensor embeddings)
        {
            using var scope = NewDisposeScope();
            var (hidden, penultimate) = (embeddings, embeddings);
            foreach (var layer in _layers)
            {
                penultimate = hidden;
                hidden = layer.call(hidden);
            }

            penultimate = penultimate.alias();
            scope.MoveToOuter(hidden, penultimate);
            return (hidden, penultimate);
        }
    }
}
