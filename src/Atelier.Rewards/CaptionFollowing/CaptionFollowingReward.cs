using Atelier.Rewards.Scenes;

namespace Atelier.Rewards;

/// <summary>Rewards pictures of the drawn world for showing what their prompts ask for.</summary>
/// <remarks>
/// The reward of a picture is the mean, over the facts that its prompt states, of the probability that the judge gives them. The judge looks at the
/// object's shape, colour and place and at the background's colour and texture; sizes and patterns are not judged.
/// </remarks>
public sealed class CaptionFollowingReward : IReward
{
    private readonly SceneJudge _judge;

    /// <summary>Creates the reward.</summary>
    /// <param name="judge">A trained judge. It is borrowed: whoever made it disposes it after the reward's last use.</param>
    public CaptionFollowingReward(SceneJudge judge)
    {
        ArgumentNullException.ThrowIfNull(judge);
        _judge = judge;
    }

    /// <inheritdoc />
    public string Name => "caption_following";

    /// <inheritdoc />
    public string Unit => "";

    /// <summary>Scores a batch.</summary>
    /// <param name="batch">The images and their prompts, which must be about the drawn world.</param>
    /// <param name="cancellationToken">Asks to give up.</param>
    /// <returns>Numbers in [0, 1]: 1 when the judge is certain that all that is asked for is there.</returns>
    /// <exception cref="ArgumentException">A prompt asks for nothing that the judge can see.</exception>
    public ValueTask<RewardResult> ScoreAsync(RewardBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();

        var captions = batch.Prompts.Select(Read).ToList();
        var verdicts = _judge.Judge(batch.Images);
        return ValueTask.FromResult(new RewardResult([.. verdicts.Zip(captions, (verdict, caption) => Agreement(verdict, caption).Average())]));
    }

    /// <summary>Tells whether a prompt asks for anything that the judge can see.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <returns>True when pictures of it can be scored.</returns>
    public static bool CanJudge(string prompt)
    {
        _ = SceneCaption.TryParse(prompt, out var caption);
        return caption is not { Shape: null, Colour: null, Place: null, BackgroundColour: null, Texture: null };
    }

    private static ParsedCaption Read(string prompt)
    {
        _ = SceneCaption.TryParse(prompt, out var caption);
        return !CanJudge(prompt)
            ? throw new ArgumentException(
                $"The prompt '{prompt}' asks for no shape, colour, place or background of the drawn world, so whether a picture follows it cannot be judged.",
                nameof(prompt))
            : caption;
    }

    private static IEnumerable<float> Agreement(SceneVerdict verdict, ParsedCaption caption)
    {
        if (caption.Shape is { } shape)
        {
            yield return verdict.Shape[shape];
        }

        if (caption.Colour is { } colour)
        {
            yield return verdict.Colour[colour];
        }

        if (caption.Place is { } place)
        {
            yield return verdict.Place[place];
        }

        if (caption.BackgroundColour is { } background)
        {
            yield return verdict.BackgroundColour[background];
        }

        if (caption.Texture is { } texture)
        {
            yield return verdict.Texture[texture];
        }
    }
}
