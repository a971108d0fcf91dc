using Atelier.Diffusion.Tensors;

namespace Atelier.Training.Updates;

/// <summary>In which order an epoch's samples and their steps are trained on.</summary>
/// <remarks>
/// Each inner epoch shuffles the previous one's order: first the samples, then for each sample, in the new order, its steps.
/// </remarks>
internal sealed class ShuffledSteps
{
    private int[] _samples;
    private int[][] _steps;

    public ShuffledSteps(int sampleCount, int stepCount)
    {
        _samples = [.. Enumerable.Range(0, sampleCount)];
        _steps = [.. _samples.Select(_ => Enumerable.Range(0, stepCount).ToArray())];
    }

    /// <summary>Shuffles for an inner epoch.</summary>
    public void Shuffle(IRandomSource random, int epoch, int innerEpoch)
    {
        var order = random.Permutation(new ShuffleDraw(epoch, innerEpoch, -1), _samples.Length);
        _samples = [.. order.Select(i => _samples[i])];
        _steps = [.. order.Select(i => _steps[i])];
        for (var row = 0; row < _steps.Length; row++)
        {
            var steps = _steps[row];
            _steps[row] = [.. random.Permutation(new ShuffleDraw(epoch, innerEpoch, row), steps.Length).Select(i => steps[i])];
        }
    }

    /// <summary>Lists what an update trains on: train batch by train batch, column by column.</summary>
    /// <param name="rows">The rows of the update, a whole number of train batches.</param>
    /// <param name="batchSize">The size of a train batch.</param>
    /// <param name="trainable">The steps that can be trained on.</param>
    /// <param name="columnCount">How many columns are kept.</param>
    /// <returns>Samples and steps in training order.</returns>
    public IReadOnlyList<SampleStep> Select(Range rows, int batchSize, IReadOnlyList<int> trainable, int columnCount)
    {
        var (start, length) = rows.GetOffsetAndLength(_samples.Length);
        var selected = new List<SampleStep>(length * columnCount);
        for (var first = start; first < start + length; first += batchSize)
        {
            var kept = Enumerable.Range(first, batchSize).Select(row => _steps[row].Where(trainable.Contains).Take(columnCount).ToArray()).ToArray();
            for (var column = 0; column < columnCount; column++)
            {
                selected.AddRange(kept.Select((steps, i) => new SampleStep(_samples[first + i], steps[column])));
            }
        }

        return selected;
    }
}
