namespace Atelier.Artifacts.Hub.Cards;

/// <summary>The tasks that the hub knew in August 2026. It gets new ones often, so another is worth a question and no refusal.</summary>
internal static class PipelineTags
{
    private static readonly HashSet<string> Known = new(
        """
        text-to-image image-to-image image-text-to-image unconditional-image-generation text-to-video image-to-video image-text-to-video video-to-video text-to-3d image-to-3d
        text-generation text-classification token-classification text-ranking text-retrieval question-answering table-question-answering zero-shot-classification translation
        summarization feature-extraction fill-mask sentence-similarity multiple-choice text-to-speech text-to-audio automatic-speech-recognition audio-to-audio
        audio-classification audio-text-to-text voice-activity-detection depth-estimation image-classification object-detection image-segmentation image-to-text
        image-text-to-text image-feature-extraction video-classification video-text-to-text visual-question-answering visual-document-retrieval document-question-answering
        zero-shot-image-classification zero-shot-object-detection mask-generation keypoint-detection any-to-any graph-ml reinforcement-learning robotics
        tabular-classification tabular-regression tabular-to-text table-to-text time-series-forecasting other
        """.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries),
        StringComparer.Ordinal);

    public static bool IsKnown(string tag) => Known.Contains(tag);
}
