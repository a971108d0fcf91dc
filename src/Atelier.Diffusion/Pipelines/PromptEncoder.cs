using Atelier.Diffusion.Models.Clip;
using Atelier.Tokenization;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Pipelines;

/// <summary>Turns prompts into embeddings, each distinct prompt once.</summary>
/// <param name="tokenizer">Splits prompts into tokens.</param>
/// <param name="encoder">The text encoder; borrowed.</param>
public sealed class PromptEncoder(ClipTokenizer tokenizer, ClipTextModel encoder) : IDisposable
{
    private const int BatchSize = 32;

    private readonly Dictionary<string, int> _rows = new(StringComparer.Ordinal);
    private Tensor? _table; // [P, T, D]

    /// <summary>Gives the embeddings of prompts.</summary>
    /// <param name="prompts">The texts.</param>
    /// <returns>[B, T, D] in the encoder's type, in the caller's dispose scope; no gradient.</returns>
    public Tensor Encode(IReadOnlyList<string> prompts) => Gather(Rows(prompts));

    /// <summary>Gives numbers for prompts, which <see cref="Gather"/> understands, and makes the embeddings of those that are new.</summary>
    /// <param name="prompts">The texts.</param>
    /// <returns>For each its number; equal texts have equal ones.</returns>
    public IReadOnlyList<int> Rows(IReadOnlyList<string> prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        var added = prompts.Where(prompt => !_rows.ContainsKey(prompt)).Distinct(StringComparer.Ordinal).ToList();
        foreach (var chunk in added.Chunk(BatchSize))
        {
            Append(chunk);
        }

        return [.. prompts.Select(prompt => _rows[prompt])];
    }

    /// <summary>Gives the embeddings of numbered prompts.</summary>
    /// <param name="rows">Numbers from <see cref="Rows"/>.</param>
    /// <returns>[B, T, D] in the encoder's type, in the caller's dispose scope; no gradient.</returns>
    public Tensor Gather(IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        var table = _table ?? throw new InvalidOperationException("No prompt was encoded.");
        return table.index_select(0, tensor(rows.Select(row => (long)row).ToArray(), device: table.device)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _table?.Dispose();

    private void Append(IReadOnlyList<string> prompts)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var tokens = tokenizer.Encode(prompts);
        var ids = tensor(tokens.Ids, [tokens.Count, tokens.MaxLength], device: encoder.parameters().First().device);
        var embeddings = encoder.call(ids);
        var grown = (_table is null ? embeddings : cat([_table, embeddings])).DetachFromDisposeScope();
        _table?.Dispose();
        _table = grown;
        foreach (var prompt in prompts)
        {
            _rows[prompt] = _rows.Count;
        }
    }
}
