namespace Atelier.Training.Runs;

/// <summary>The words for the rewards that have a name.</summary>
internal static class RewardDescriptions
{
    private const string NoPrompt = "The reward never looks at the prompt, so nothing but the starting point keeps the pictures true to it.";

    public static RewardDescription Compressibility { get; } = new(
        "pictures that JPEG can make small",
        "Each picture is compressed as a JPEG file of quality 95; the reward is minus the file's size in kB (1000 bytes).",
        $"Smooth, empty and blurred pictures earn most: detail, texture and background go first, then the object itself. {NoPrompt} The size grows with the number of pixels, so rewards compare only at one picture size.",
        "kB");

    public static RewardDescription Incompressibility { get; } = new(
        "pictures that JPEG cannot make small",
        "Each picture is compressed as a JPEG file of quality 95; the reward is the file's size in kB (1000 bytes).",
        $"Noise, fine patterns and hard edges earn most, whether or not they belong to what is shown. {NoPrompt} The size grows with the number of pixels, so rewards compare only at one picture size.",
        "kB");

    public static RewardDescription Caption { get; } = new(
        "pictures that show what the prompt asks for",
        "A small network judges the picture: the reward is the mean probability that it gives to the facts which the prompt states, of shape, colour and place of the object and of colour and texture of the background. 1 is certainty.",
        "The judge knows only the simple drawn world that it was trained on, and it does not judge sizes and patterns. Pictures that convince it need not convince a person, and variety within a prompt earns nothing.",
        "");

    public static RewardDescription OfColour(string colour) => new(
        $"{colour} pictures",
        colour is "white" or "black"
            ? $"The reward is how {(colour == "white" ? "light" : "dark")} the picture is on average: 0 to 1."
            : $"The reward is how far the picture's mean colour lies from grey in the direction of {colour}: 0 for grey, at most 1, and below 0 for the opposite colour.",
        $"Only the mean of all pixels counts: one even {colour} area earns most, so backgrounds change first and contrast goes. {NoPrompt}",
        "");
}
