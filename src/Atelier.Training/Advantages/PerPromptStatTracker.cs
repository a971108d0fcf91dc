namespace Atelier.Training.Advantages;

/// <summary>Advantages within a prompt: each image is compared with the last images of the same prompt.</summary>
/// <remarks>
/// First all of an epoch's rewards of a prompt go into its buffer, the oldest out first; then <c>A = (r − mean) / (std + 1e-6)</c> over the buffer,
/// or over the whole epoch while the buffer holds fewer than the minimum. Source: Black et al. 2023 (arXiv:2305.13301), section 5 and appendix D.
/// </remarks>
public sealed class PerPromptStatTracker : IAdvantageEstimator
{
    private const double Epsilon = 1e-6;

    private readonly int _bufferSize;
    private readonly int _minimumCount;
    private readonly Dictionary<string, Queue<float>> _buffers = new(StringComparer.Ordinal);

    /// <summary>Creates a tracker without memory.</summary>
    /// <param name="bufferSize">How many rewards of each prompt are remembered, at least 1.</param>
    /// <param name="minimumCount">With fewer than this, the whole epoch stands in.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bufferSize"/> is below 1.</exception>
    public PerPromptStatTracker(int bufferSize, int minimumCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bufferSize, 1);
        _bufferSize = bufferSize;
        _minimumCount = minimumCount;
    }

    /// <inheritdoc/>
    public float[] Estimate(IReadOnlyList<string> prompts, IReadOnlyList<float> rewards)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(rewards);
        var epoch = Spread.Of(rewards);
        var advantages = new float[rewards.Count];
        foreach (var group in Enumerable.Range(0, rewards.Count).GroupBy(i => prompts[i], StringComparer.Ordinal))
        {
            var buffer = Remember(group.Key, group.Select(i => rewards[i]));
            var spread = buffer.Count < _minimumCount ? epoch : Spread.Of(buffer);
            foreach (var i in group)
            {
                advantages[i] = (float)((rewards[i] - spread.Mean) / (spread.StandardDeviation + Epsilon));
            }
        }

        return advantages;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyList<float>> Memory() =>
        _buffers.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<float>)[.. pair.Value], StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, IReadOnlyList<float>> memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        _buffers.Clear();
        foreach (var (prompt, rewards) in memory)
        {
            Remember(prompt, rewards);
        }
    }

    private Queue<float> Remember(string prompt, IEnumerable<float> rewards)
    {
        if (!_buffers.TryGetValue(prompt, out var buffer))
        {
            _buffers[prompt] = buffer = new Queue<float>();
        }

        foreach (var reward in rewards)
        {
            buffer.Enqueue(reward);
            if (buffer.Count > _bufferSize)
            {
                buffer.Dequeue();
            }
        }

        return buffer;
    }
}
