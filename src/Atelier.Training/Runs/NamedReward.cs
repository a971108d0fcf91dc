using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Weights;
using Atelier.Rewards;
using RewardFactory = Atelier.Rewards.Rewards;

namespace Atelier.Training.Runs;

/// <summary>Holds a reward that was chosen by name, with the network that it may need.</summary>
public sealed class NamedReward : IDisposable
{
    private readonly SceneJudge? _judge;

    internal NamedReward(IReward reward, SceneJudge? judge)
    {
        Reward = reward;
        _judge = judge;
    }

    /// <summary>Gets the reward.</summary>
    public IReward Reward { get; }

    /// <inheritdoc/>
    public void Dispose() => _judge?.Dispose();

    internal static NamedReward WithJudge(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no judge {path}.", path);
        }

        SceneJudge judge = new();
        try
        {
            using var weights = SafetensorsFile.Open(path);
            WeightLoader.Load(judge, weights);
            judge.eval();
            foreach (var parameter in judge.parameters())
            {
                parameter.requires_grad = false;
            }

            return new NamedReward(RewardFactory.CaptionFollowing(judge), judge);
        }
        catch
        {
            judge.Dispose();
            throw;
        }
    }
}
