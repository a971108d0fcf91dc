using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Atelier.Training.Pretraining;

/// <summary>An exponential moving average of weights, which samples better than the last weights do.</summary>
internal sealed class AveragedWeights : IDisposable
{
    private readonly (string Name, Parameter Value)[] _parameters;
    private readonly double _decay;

    public AveragedWeights((string Name, Parameter Value)[] parameters, double decay)
    {
        _parameters = parameters;
        _decay = decay;
        Values = [.. parameters.Select(pair => (pair.Name, pair.Value.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>Gets the averages by name; owned by this object.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Values { get; }

    /// <summary>Takes the weights after a step in; early on the average follows them closely.</summary>
    public void Update(int step)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var decay = Math.Min(_decay, (2.0 + step) / (11.0 + step));
        for (var i = 0; i < _parameters.Length; i++)
        {
            Values[i].Value.lerp_(_parameters[i].Value, 1 - decay);
        }
    }

    /// <summary>Puts the averages into the networks.</summary>
    public void CopyToParameters()
    {
        using var _ = no_grad();
        for (var i = 0; i < _parameters.Length; i++)
        {
            _parameters[i].Value.copy_(Values[i].Value);
        }
    }

    public void Dispose()
    {
        foreach (var (_, value) in Values)
        {
            value.Dispose();
        }
    }
}
