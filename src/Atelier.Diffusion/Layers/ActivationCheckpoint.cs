using static TorchSharp.torch;

namespace Atelier.Diffusion.Layers;

/// <summary>Trades time for memory: a part of the network keeps only its inputs, and is computed again in the backward pass.</summary>
/// <remarks>Source: Chen et al. 2016 (arXiv:1604.06174). Output and gradients are those of the plain computation up to rounding: the first pass takes the attention kernel for sampling.</remarks>
internal static class ActivationCheckpoint
{
    /// <summary>Runs a part of the network.</summary>
    /// <param name="body">The part; it must compute the same when it is called again.</param>
    /// <param name="features">Its first input, which gets a gradient if it requires one.</param>
    /// <param name="context">Its second input, which gets a gradient if it requires one.</param>
    /// <returns>What the part gives, in the caller's dispose scope.</returns>
    public static Tensor Run(Func<Tensor, Tensor, Tensor> body, Tensor features, Tensor context)
    {
        if (!is_grad_enabled())
        {
            return body(features, context);
        }

        // The part's own parameters are no inputs of the function, so something else must ask for the backward pass.
        using var anchor = zeros(1, requires_grad: true);
        return Recomputation.apply(body, features, context, anchor);
    }

    private sealed class Recomputation : autograd.SingleTensorFunction<Recomputation>
    {
        private const string Body = "body";

        public override string Name => nameof(Recomputation);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (features, context) = ((Tensor)vars[1], (Tensor)vars[2]);
            ctx.save_for_backward([features, context]);
            ctx.save_data(Body, vars[0]);
            return ((Func<Tensor, Tensor, Tensor>)vars[0])(features, context);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            var saved = ctx.get_saved_variables();
            var body = (Func<Tensor, Tensor, Tensor>)ctx.get_data(Body);
            var features = saved[0].detach().requires_grad_(saved[0].requires_grad);
            var context = saved[1].detach().requires_grad_(saved[1].requires_grad);
            using (enable_grad())
            {
                body(features, context).backward([grad_output]);
            }

            return [null!, Gradient(features)!, Gradient(context)!, null!];
        }

        private static Tensor? Gradient(Tensor input) => input.requires_grad ? input.grad?.MoveToOuterDisposeScope() : null;
    }
}
