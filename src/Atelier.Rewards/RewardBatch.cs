using static TorchSharp.torch;

namespace Atelier.Rewards;

/// <summary>Holds the images that a reward scores together, and what they were made from.</summary>
public sealed record RewardBatch
{
    /// <summary>Creates a batch.</summary>
    /// <param name="images">Pictures in [0, 1], [B, 3, H, W]. They are borrowed, and must stay valid until the task of the scoring has ended.</param>
    /// <param name="prompts">The prompt of each picture, B of them.</param>
    /// <param name="promptMetadata">What the source of the prompts said about each, B of them; null for nothing about any.</param>
    /// <exception cref="ArgumentException">The images have another shape, or the lists another length.</exception>
    public RewardBatch(Tensor images, IReadOnlyList<string> prompts, IReadOnlyList<object?>? promptMetadata = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(prompts);
        RequireImages(images, nameof(images));
        promptMetadata ??= new object?[prompts.Count];
        RequireCount(prompts.Count, images.shape[0], nameof(prompts));
        RequireCount(promptMetadata.Count, images.shape[0], nameof(promptMetadata));

        Images = images;
        Prompts = prompts;
        PromptMetadata = promptMetadata;
    }

    /// <summary>Gets the pictures in [0, 1], [B, 3, H, W]. They belong to whoever made the batch.</summary>
    public Tensor Images { get; }

    /// <summary>Gets the prompt of each picture.</summary>
    public IReadOnlyList<string> Prompts { get; }

    /// <summary>Gets what the source of the prompts said about each, or null.</summary>
    public IReadOnlyList<object?> PromptMetadata { get; }

    /// <summary>Gets B, the number of pictures.</summary>
    public int Count => Prompts.Count;

    internal static void RequireImages(Tensor images, string parameterName)
    {
        if (images.dim() != 4 || images.shape[1] != 3 || !images.is_floating_point())
        {
            throw new ArgumentException($"Expected floating-point images [B, 3, H, W], got {images.dtype} [{string.Join(", ", images.shape)}].", parameterName);
        }
    }

    private static void RequireCount(int count, long imageCount, string parameterName)
    {
        if (count != imageCount)
        {
            throw new ArgumentException($"Expected one for each of {imageCount} images, got {count}.", parameterName);
        }
    }
}
