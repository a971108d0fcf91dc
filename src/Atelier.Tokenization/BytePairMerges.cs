using System.Runtime.InteropServices;
using System.Text;

namespace Atelier.Tokenization;

/// <summary>Byte-level byte-pair encoding with an end-of-word mark: an ordered list of merges, and what it makes of a word.</summary>
/// <remarks>
/// A word starts as its bytes, the last one marked. While any neighbours are a known pair, all occurrences of the pair that was learned first become one symbol, from the left.
/// Source: Sennrich et al. 2016 (arXiv:1508.07909), section 3.2. Candidates wait in a heap, so a word of n bytes costs n log n.
/// </remarks>
internal sealed class BytePairMerges
{
    private const int None = -1;

    private readonly List<string> _symbols = [];
    private readonly Dictionary<string, int> _symbolIndices = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges = [];
    private readonly int[] _byteSymbols = new int[256];
    private readonly int[] _lastByteSymbols = new int[256];
    private int _nextRank;

    /// <summary>Starts without any merge: every byte is a symbol.</summary>
    public BytePairMerges()
    {
        for (var value = 0; value < 256; value++)
        {
            var character = ByteAlphabet.CharacterOf((byte)value).ToString();
            _byteSymbols[value] = Intern(character);
            _lastByteSymbols[value] = Intern(character + ByteAlphabet.EndOfWord);
        }
    }

    /// <summary>The text of every symbol that a word may end up in, by symbol index.</summary>
    public IReadOnlyList<string> Symbols => _symbols;

    /// <summary>Adds a merge after all others; one that is there already moves to the end.</summary>
    public void Add(string left, string right) =>
        _merges[(Intern(left), Intern(right))] = (_nextRank++, Intern(left + right));

    /// <summary>Splits a word into symbols.</summary>
    /// <param name="word">Some text, taken as one word whatever is in it.</param>
    /// <returns>Indices into <see cref="Symbols"/>; none for an empty word.</returns>
    public int[] Split(ReadOnlySpan<char> word)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        if (bytes.Length == 0)
        {
            return [];
        }

        var symbols = Array.ConvertAll(bytes, value => _byteSymbols[value]);
        symbols[^1] = _lastByteSymbols[bytes[^1]];
        if (symbols.Length > 1)
        {
            MergeAll(symbols);
        }

        return Array.FindAll(symbols, symbol => symbol != None);
    }

    private int Intern(string symbol)
    {
        ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(_symbolIndices, symbol, out var isKnown);
        if (!isKnown)
        {
            index = _symbols.Count;
            _symbols.Add(symbol);
        }

        return index;
    }

    /// <summary>Merges in place: a merged symbol stands at its left end, and what it swallowed becomes <see cref="None"/>.</summary>
    private void MergeAll(int[] symbols)
    {
        var next = new int[symbols.Length];
        var previous = new int[symbols.Length];
        PriorityQueue<int, long> candidates = new(symbols.Length); // by rank, then by position
        for (var i = 0; i < symbols.Length; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            Propose(i);
        }

        List<int> occurrences = [];
        while (candidates.TryPeek(out _, out var first))
        {
            var rank = first >> 32;

            // All occurrences of one pair go before any pair that they give rise to, even one learned earlier.
            occurrences.Clear();
            while (candidates.TryPeek(out _, out var candidate) && candidate >> 32 == rank)
            {
                occurrences.Add(candidates.Dequeue());
            }

            foreach (var position in occurrences)
            {
                MergeAt(position, rank);
            }
        }

        void Propose(int left)
        {
            if (left >= 0 && TryGetMerge(left, out var merge))
            {
                candidates.Enqueue(left, ((long)merge.Rank << 32) | (uint)left);
            }
        }

        void MergeAt(int left, long rank)
        {
            // A candidate is stale when one of its symbols has been merged since.
            if (!TryGetMerge(left, out var merge) || merge.Rank != rank)
            {
                return;
            }

            var right = next[left];
            symbols[left] = merge.Merged;
            symbols[right] = None;
            next[left] = next[right];
            if (next[left] < symbols.Length)
            {
                previous[next[left]] = left;
            }

            Propose(previous[left]);
            Propose(left);
        }

        bool TryGetMerge(int left, out (int Rank, int Merged) merge)
        {
            merge = default;
            return next[left] < symbols.Length && _merges.TryGetValue((symbols[left], symbols[next[left]]), out merge);
        }
    }
}
