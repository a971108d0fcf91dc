using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Adapters;

/// <summary>A low-rank change of one layer's weight: ΔW = (α/r)·B·A.</summary>
/// <remarks>
/// <para>Source: Hu et al. 2021 (arXiv:2106.09685), section 4.1. A starts with a standard deviation of 1/r, B at zero, both always in single precision.</para>
/// <para>
/// A layer can use it in two ways. Side branch: x·Wᵀ + (α/r)·(x·Aᵀ)·Bᵀ, cheap where the layer is wide and the rank small.
/// Folded: W + ΔW is made once, the layer costs what it cost without the adapter, and after any number of backward passes the gradients follow from the folded weight's:
/// <c>∂B = (α/r)·∂W·Aᵀ</c>, <c>∂A = (α/r)·Bᵀ·∂W</c>. Both give the same gradient.
/// </para>
/// </remarks>
public sealed class LowRankAdapter : Module
{
    [ComponentName(Name = "lora_A")]
    private readonly Parameter _down;

    [ComponentName(Name = "lora_B")]
    private readonly Parameter _up;

    private readonly FoldedWeightSlot _folded = new();

    /// <summary>Creates an adapter for a layer, with A and B zero.</summary>
    /// <param name="layer">The layer; only its weight's shape and device are read.</param>
    /// <param name="rank">r, at least 1.</param>
    /// <param name="alpha">α.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rank"/> is below 1.</exception>
    public LowRankAdapter(IAdaptableLayer layer, long rank, double alpha)
        : base(nameof(LowRankAdapter))
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        Rank = rank;
        Alpha = alpha;
        var shape = layer.Weight.shape;
        var placement = new Placement(layer.Weight.device, ScalarType.Float32);
        _down = placement.NewParameter([rank, .. shape[1..]]);
        _up = placement.NewParameter([shape[0], rank, .. shape[2..].Select(_ => 1L)]);
        init.zeros_(_down);
        init.zeros_(_up);
        RegisterComponents();
    }

    /// <summary>Gets r.</summary>
    public long Rank { get; }

    /// <summary>Gets α.</summary>
    public double Alpha { get; }

    /// <summary>Gets α/r times the user's scale.</summary>
    public double Factor => Alpha / Rank * Scale;

    /// <summary>Gets or sets how strongly the adapter acts; 1 as trained.</summary>
    public double Scale { get; set; } = 1;

    /// <summary>Gets A: [r, in] or [r, in, height, width].</summary>
    public Parameter Down => _down;

    /// <summary>Gets B: [out, r] or [out, r, 1, 1].</summary>
    public Parameter Up => _up;

    /// <summary>Gets W + ΔW while the adapter is folded, else null; owned by the adapter.</summary>
    public Tensor? FoldedWeight => _folded.Weight;

    /// <summary>Computes ΔW.</summary>
    /// <returns>[out, in] or [out, in, height, width], single precision, in the caller's dispose scope.</returns>
    public Tensor ComputeUpdate()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var update = matmul(_up.flatten(1), _down.flatten(1)).TimesInPlace(Factor);
        return update.view([_up.shape[0], .. _down.shape[1..]]).MoveToOuterDisposeScope();
    }

    /// <summary>Computes W + ΔW, in single precision until the end.</summary>
    /// <param name="weight">W; left as it is.</param>
    /// <param name="elementType">The result's type.</param>
    /// <returns>The sum, of W's shape, in the caller's dispose scope and outside every graph.</returns>
    public Tensor Merge(Tensor weight, ScalarType elementType)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return ComputeUpdate().PlusInPlace(weight.to(ScalarType.Float32)).to(elementType).MoveToOuterDisposeScope();
    }

    /// <summary>Makes W + ΔW, which the layer uses until <see cref="Unfold"/>.</summary>
    /// <param name="weight">W; left as it is.</param>
    /// <param name="collectsGradient">Whether backward passes shall add to its gradient.</param>
    public void Fold(Tensor weight, bool collectsGradient)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        _folded.Set(Merge(weight, weight.dtype).alias().requires_grad_(collectsGradient));
    }

    /// <summary>Drops the folded weight, so that the layer computes the side branch.</summary>
    public void Unfold() => _folded.Set(null);

    /// <summary>Turns the folded weight's gradient into gradients of A and B (added to theirs) and clears it; does nothing when there is none.</summary>
    public void CollectGradient()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (_folded.Weight?.grad is not { } gradient)
        {
            return;
        }

        var flat = gradient.flatten(1).to(ScalarType.Float32);
        _up.AddGradient(matmul(flat, _down.flatten(1).t()).TimesInPlace(Factor).view(_up.shape));
        _down.AddGradient(matmul(_up.flatten(1).t(), flat).TimesInPlace(Factor).view(_down.shape));
        _folded.ClearGradient();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _folded.Set(null);
        }

        base.Dispose(disposing);
    }
}
