using System.Text.RegularExpressions;

namespace Atelier.Rewards.Scenes;

/// <summary>Finds the facts in the words of one caption.</summary>
internal sealed partial class CaptionReader
{
    private readonly string[] _words;

    public CaptionReader(string text) => _words = [.. Letters().Matches(text.ToLowerInvariant()).Select(match => match.Value)];

    public ParsedCaption Read()
    {
        var (start, end) = FindBackground();
        var background = _words[start..end];
        string[] subject = [.. _words[..start], .. _words[end..]];
        return new ParsedCaption
        {
            Size = First<SceneSize>(subject),
            Colour = First<SceneColour>(subject),
            Pattern = First<ScenePattern>(subject),
            Shape = First<SceneShape>(subject),
            Place = First<ScenePlace>(subject),
            BackgroundColour = First<SceneColour>(background),
            Texture = First<SceneTexture>(background),
        };
    }

    // The range of words that describe the background: empty, at the end, when there is none.
    private (int Start, int End) FindBackground()
    {
        for (var index = 0; index < _words.Length; index++)
        {
            if (_words[index] is "on" && !IsPlace(index + 1))
            {
                return (index, _words.Length);
            }
        }

        var end = Math.Max(Array.IndexOf(_words, "background"), 0);
        var start = end;
        while (start > 0 && (SceneGrammar.TryRead<SceneColour>(_words[start - 1], out _) || SceneGrammar.TryRead<SceneTexture>(_words[start - 1], out _)))
        {
            start--;
        }

        return start == end ? (_words.Length, _words.Length) : (start, end);
    }

    private bool IsPlace(int index)
    {
        while (index < _words.Length && _words[index] is "the" or "a" or "an")
        {
            index++;
        }

        return index < _words.Length && SceneGrammar.TryRead<ScenePlace>(_words[index], out _);
    }

    private static TFact? First<TFact>(string[] words)
        where TFact : struct, Enum
    {
        foreach (var word in words)
        {
            if (SceneGrammar.TryRead<TFact>(word, out var fact) || SceneGrammar.TryRead(Singular(word), out fact))
            {
                return fact;
            }
        }

        return null;
    }

    private static string Singular(string word) =>
        word.EndsWith("sses", StringComparison.Ordinal) ? word[..^2] : word.EndsWith('s') ? word[..^1] : word;

    [GeneratedRegex("[a-z]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Letters();
}
