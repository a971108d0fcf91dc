namespace Atelier.Rewards.Scenes;

/// <summary>Holds a caption of a scene, and writes and reads captions.</summary>
/// <param name="Text">The caption, such as <c>a large red striped star on the left on a blue noisy background</c>.</param>
/// <param name="Facts">What the text says about the picture.</param>
public sealed record SceneCaption(string Text, ParsedCaption Facts)
{
    /// <summary>Writes a caption that says each true thing with some probability.</summary>
    /// <remarks>
    /// Size .6, colour .92, pattern .7, place .6, background .75, its texture then .9 (a plain one .3); an article .8. The shape is always said; a medium
    /// size, a solid pattern and the centre never are. Backgrounds are said often because a model learns them last.
    /// </remarks>
    /// <param name="scene">What the picture shows.</param>
    /// <param name="random">Where the random numbers come from; it advances.</param>
    /// <returns>The caption and what it says.</returns>
    public static SceneCaption Write(Scene scene, SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(random);

        var facts = new ParsedCaption
        {
            Size = scene.Size != SceneSize.Medium && random.NextBool(.6) ? scene.Size : null,
            Colour = random.NextBool(.92) ? scene.Colour : null,
            Pattern = scene.Pattern != ScenePattern.Solid && random.NextBool(.7) ? scene.Pattern : null,
            Shape = scene.Shape,
            Place = scene.Place != ScenePlace.Centre && random.NextBool(.6) ? scene.Place : null,
        };
        var hasArticle = random.NextBool(.8);
        if (random.NextBool(.75))
        {
            var isTextureSaid = random.NextBool(scene.Texture == SceneTexture.Plain ? .3 : .9);
            facts = facts with { BackgroundColour = scene.BackgroundColour, Texture = isTextureSaid ? scene.Texture : null };
        }

        return new SceneCaption(Spell(facts, hasArticle), facts);
    }

    /// <summary>Reads what a caption asks for.</summary>
    /// <remarks>
    /// Every caption of the grammar is read exactly. Of free text the known words are taken, the first of each kind: what follows "on", unless that is a
    /// place, belongs to the background, or else what stands right before the word "background". Case and punctuation do not matter.
    /// </remarks>
    /// <param name="text">The caption; it may be anything.</param>
    /// <param name="caption">What it says; without any fact when the result is false.</param>
    /// <returns>True when at least one fact was found.</returns>
    public static bool TryParse(string? text, out ParsedCaption caption)
    {
        caption = new CaptionReader(text ?? "").Read();
        return !caption.IsEmpty;
    }

    private static string Spell(ParsedCaption facts, bool hasArticle)
    {
        var words = new List<string>();
        if (facts.Size is { } size)
        {
            words.Add(SceneGrammar.Word(size));
        }

        if (facts.Colour is { } colour)
        {
            words.Add(SceneGrammar.Word(colour));
        }

        if (facts.Pattern is { } pattern)
        {
            words.Add(SceneGrammar.Word(pattern));
        }

        words.Add(SceneGrammar.Word(facts.Shape!.Value));
        if (hasArticle)
        {
            words.Insert(0, Article(words[0]));
        }

        if (facts.Place is { } place)
        {
            words.AddRange([place is ScenePlace.Left or ScenePlace.Right ? "on" : "at", "the", SceneGrammar.Word(place)]);
        }

        if (facts.BackgroundColour is { } background)
        {
            var name = SceneGrammar.Word(background);
            words.AddRange(["on", Article(name), name]);
            if (facts.Texture is { } texture)
            {
                words.Add(SceneGrammar.Word(texture));
            }

            words.Add("background");
        }

        return string.Join(' ', words);
    }

    private static string Article(string word) => word[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an" : "a";
}
