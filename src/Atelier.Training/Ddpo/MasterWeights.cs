using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Atelier.Training.Ddpo;

/// <summary>Lets a network that computes in 16 bits be trained whole: a second one in single precision holds what is trained, and lends its values to the first.</summary>
/// <remarks>Source: Micikevicius et al. 2018 (arXiv:1710.03740), section 3.1: an update is often too small to change a 16-bit weight, so it is summed in 32 bits.</remarks>
internal sealed class MasterWeights : IDisposable
{
    private readonly (Parameter Computing, Parameter Master)[] _pairs;

    /// <summary>Pairs the parameters of two networks.</summary>
    /// <param name="computing">The network that computes; borrowed. Its weights are overwritten by <see cref="Publish"/>.</param>
    /// <param name="network">The same network in single precision, which is trained; owned from now on.</param>
    public MasterWeights(nn.Module computing, nn.Module network)
    {
        Network = network;
        var masters = network.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter, StringComparer.Ordinal);
        _pairs = [.. computing.named_parameters().Select(pair => (pair.parameter, masters[pair.name]))];
        foreach (var (own, _) in _pairs)
        {
            own.requires_grad = true;
        }
    }

    /// <summary>Gets the network whose parameters are trained.</summary>
    public nn.Module Network { get; }

    /// <summary>Rounds the trained values into the network that computes.</summary>
    public void Publish()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (computing, master) in _pairs)
        {
            computing.copy_(master);
        }
    }

    /// <summary>Moves the gradients of a backward pass to the trained parameters, where they are summed in single precision.</summary>
    public void TakeGradients()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (computing, master) in _pairs)
        {
            if (computing.grad is { } gradient)
            {
                master.AddGradient(gradient.to(master.dtype));
                gradient.zero_();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();
}
