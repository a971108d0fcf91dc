namespace Atelier.Tokenization;

/// <summary>Token ids of several prompts, all of one length: what a text encoder reads.</summary>
public sealed class TokenizedPrompts
{
    /// <summary>Wraps ids that are laid out row by row.</summary>
    /// <param name="ids">Token ids, [<paramref name="count"/> × <paramref name="maxLength"/>]; kept, not copied.</param>
    /// <param name="count">Number of prompts, 0 or more.</param>
    /// <param name="maxLength">Number of ids of each prompt, 1 or more.</param>
    /// <exception cref="ArgumentNullException"><paramref name="ids"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> or <paramref name="maxLength"/> is too small.</exception>
    /// <exception cref="ArgumentException"><paramref name="ids"/> is not of the length that the other two give.</exception>
    public TokenizedPrompts(long[] ids, int count, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        if (ids.LongLength != (long)count * maxLength)
        {
            throw new ArgumentException($"Expected {count} × {maxLength} ids, got {ids.Length}.", nameof(ids));
        }

        (Ids, Count, MaxLength) = (ids, count, maxLength);
    }

    /// <summary>Token ids, row by row, [Count × MaxLength].</summary>
    public long[] Ids { get; }

    /// <summary>Number of prompts.</summary>
    public int Count { get; }

    /// <summary>Number of ids of each prompt, padding included.</summary>
    public int MaxLength { get; }

    /// <summary>Gives the ids of one prompt.</summary>
    /// <param name="index">The prompt, from 0.</param>
    /// <returns>Its ids, [MaxLength]; a view, not a copy.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is not below <see cref="Count"/>.</exception>
    public ReadOnlySpan<long> Row(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return Ids.AsSpan(index * MaxLength, MaxLength);
    }
}
