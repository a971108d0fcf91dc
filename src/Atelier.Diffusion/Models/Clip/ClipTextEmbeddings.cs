using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Clip;

/// <summary>Turns token numbers into vectors and adds the positions'.</summary>
public sealed class ClipTextEmbeddings : Module<Tensor, Tensor>
{
    [ComponentName(Name = "token_embedding")]
    private readonly TokenTable _tokens;

    [ComponentName(Name = "position_embedding")]
    private readonly TokenTable _positions;

    /// <summary>Creates the tables.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="placement">Where the weights live.</param>
    public ClipTextEmbeddings(ClipTextConfig config, Placement placement)
        : base(nameof(ClipTextEmbeddings))
    {
        ArgumentNullException.ThrowIfNull(config);
        _tokens = new TokenTable(config.VocabSize, config.HiddenSize, placement);
        _positions = new TokenTable(config.MaxPositionEmbeddings, config.HiddenSize, placement);
        RegisterComponents();
    }

    /// <summary>Looks tokens up.</summary>
    /// <param name="tokenIds">[B, T], whole numbers.</param>
    /// <returns>[B, T, HiddenSize], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor tokenIds)
    {
        using var scope = NewDisposeScope();
        var positions = arange(tokenIds.shape[1], dtype: ScalarType.Int64, device: tokenIds.device);
        return (_tokens.call(tokenIds) + _positions.call(positions)).MoveToOuterDisposeScope();
    }

    /// <summary>A table of vectors, uninitialised until loaded.</summary>
    private sealed class TokenTable : Module<Tensor, Tensor>
    {
        [ComponentName(Name = "weight")]
        private readonly Parameter _weight;

        public TokenTable(long count, long width, Placement placement)
            : base(nameof(TokenTable))
        {
            _weight = placement.NewParameter(count, width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor indices) => _weight.index_select(0, indices.flatten()).view([.. indices.shape, _weight.shape[1]]);
    }
}
