using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Atelier.Training.Updates;

/// <summary>AdamW over any number of parameters in one pass over the memory (libtorch's fused kernel), with gradient clipping.</summary>
/// <remarks>
/// Source: Loshchilov and Hutter 2019 (arXiv:1711.05101), algorithm 2: decoupled weight decay, bias-corrected moments.
/// Measured on 2 cores: 860 M parameters in 0.7 s a step where TorchSharp's own takes 6 s; 256 small tensors in 0.9 ms instead of 8.
/// </remarks>
public sealed class FusedAdamW : IDisposable
{
    private static readonly jit.CompilationUnit Operators = jit.compile(
        """
        def norm(gradients: List[Tensor]) -> Tensor:
            return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(gradients, 2.0)))

        def scale_(gradients: List[Tensor], factor: Tensor) -> Tensor:
            torch._foreach_mul_(gradients, factor)
            return factor

        def step_(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor], lr: float, b1: float, b2: float, wd: float, eps: float) -> Tensor:
            maxima: List[Tensor] = []
            torch._fused_adamw_(p, g, m, v, maxima, steps, lr=lr, beta1=b1, beta2=b2, weight_decay=wd, eps=eps, amsgrad=False, maximize=False, grad_scale=None, found_inf=None)
            return steps[0]

        """);

    private readonly AdamWOptions _options;
    private readonly Tensor[] _means;
    private readonly Tensor[] _squares;

    /// <summary>Creates the optimizer.</summary>
    /// <param name="parameters">What to train, by name; single precision. They must outlive the optimizer.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">There is nothing to train, or a parameter is not in single precision.</exception>
    public FusedAdamW(IReadOnlyList<(string Name, Parameter Value)> parameters, AdamWOptions options)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(options);
        if (parameters.Count == 0)
        {
            throw new ArgumentException("There is no parameter to train.", nameof(parameters));
        }

        if (parameters.FirstOrDefault(pair => pair.Value.dtype != ScalarType.Float32) is { Name: { } other })
        {
            throw new ArgumentException($"{other} is not in single precision; train a copy that is.", nameof(parameters));
        }

        Parameters = parameters;
        _options = options;
        _means = [.. parameters.Select(pair => zeros_like(pair.Value).DetachFromDisposeScope())];
        _squares = [.. parameters.Select(pair => zeros_like(pair.Value).DetachFromDisposeScope())];
    }

    /// <summary>Gets what is trained.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters { get; }

    /// <summary>Gets the number of steps taken.</summary>
    public long StepCount { get; private set; }

    /// <summary>Sets every gradient to zero, making those that do not exist yet.</summary>
    public void ZeroGradients()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (_, parameter) in Parameters)
        {
            var gradient = parameter.grad;
            if (gradient is null)
            {
                parameter.grad = zeros_like(parameter);
            }
            else
            {
                gradient.zero_();
            }
        }
    }

    /// <summary>Divides the gradients by the loss's scale and clips them to a global norm.</summary>
    /// <remarks>Every gradient is multiplied by min(1, max / (norm + 1e-6)), as in PyTorch. Source: Pascanu et al. 2013 (arXiv:1211.5063), algorithm 1.</remarks>
    /// <param name="maximum">The largest norm, positive.</param>
    /// <param name="lossScale">What the loss was multiplied by.</param>
    /// <returns>The norm over all gradients after the division and before clipping, a tensor without dimensions in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maximum"/> is not positive.</exception>
    public Tensor ClipGradients(double maximum, double lossScale = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximum);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var gradients = Gradients();
        var norm = ((Tensor)Operators.invoke("norm", new object[] { gradients })).Over(lossScale);
        Operators.invoke("scale_", gradients, norm.Plus(1e-6).reciprocal().Times(maximum).Clamped(0, 1).Over(lossScale));
        return norm.MoveToOuterDisposeScope();
    }

    /// <summary>Takes one step with the gradients as they are.</summary>
    /// <param name="learningRate">This step's learning rate; null takes the one of the options.</param>
    public void Step(double? learningRate = null)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var step = tensor((float)(StepCount + 1));
        Tensor[] steps = [.. Enumerable.Repeat(step, Parameters.Count)];
        Tensor[] values = [.. Parameters.Select(pair => (Tensor)pair.Value)];
        Operators.invoke(
            "step_", values, Gradients(), _means, _squares, steps, learningRate ?? _options.LearningRate, _options.Beta1, _options.Beta2, _options.WeightDecay, _options.Epsilon);
        StepCount++;
    }

    /// <summary>Lists what must be kept to go on later.</summary>
    /// <returns>The moments by name, owned by the optimizer; <see cref="StepCount"/> belongs to it.</returns>
    public IEnumerable<(string Name, Tensor Value)> State()
    {
        for (var i = 0; i < Parameters.Count; i++)
        {
            yield return ($"mean.{Parameters[i].Name}", _means[i]);
            yield return ($"square.{Parameters[i].Name}", _squares[i]);
        }
    }

    /// <summary>Goes on where another optimizer stopped.</summary>
    /// <param name="stepCount">Its number of steps.</param>
    /// <param name="read">Copies the tensor of a name from <see cref="State"/> into the one given.</param>
    public void Restore(long stepCount, Action<string, Tensor> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        using var _ = no_grad();
        StepCount = stepCount;
        foreach (var (name, value) in State())
        {
            read(name, value);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var moment in _means.Concat(_squares))
        {
            moment.Dispose();
        }
    }

    private Tensor[] Gradients() =>
        [.. Parameters.Select(pair => pair.Value.grad ?? throw new InvalidOperationException($"{pair.Name} has no gradient: no backward pass reached it."))];
}
