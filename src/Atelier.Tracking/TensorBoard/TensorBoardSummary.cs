namespace Atelier.Tracking;

/// <summary>Builds the <c>Summary.Value</c> messages that TensorBoard shows.</summary>
/// <remarks>
/// Field numbers: tensorflow/core/framework/summary.proto, tensor.proto and tensor_shape.proto. Scalars and pictures take the fields that every
/// TensorBoard version reads; a text has no field of its own and is a string tensor marked for the text plugin.
/// </remarks>
internal static class TensorBoardSummary
{
    private const int StringType = 7; // DT_STRING
    private const int RgbColorspace = 3;

    /// <summary>Builds a point of a curve.</summary>
    public static ProtobufMessage Scalar(string tag, double value) => new ProtobufMessage()
        .Add(1, tag)
        .Add(2, (float)value);

    /// <summary>Builds a picture.</summary>
    public static ProtobufMessage Image(string tag, TrackedImage image) => new ProtobufMessage()
        .Add(1, tag)
        .Add(4, new ProtobufMessage()
            .Add(1, (long)image.Height)
            .Add(2, (long)image.Width)
            .Add(3, (long)RgbColorspace)
            .Add(4, image.Png));

    /// <summary>Builds a text in Markdown.</summary>
    public static ProtobufMessage Text(string tag, string text)
    {
        var tensor = new ProtobufMessage()
            .Add(1, (long)StringType)
            .Add(2, new ProtobufMessage().Add(2, new ProtobufMessage().Add(1, 1L))) // shape [1]
            .Add(8, text);
        var metadata = new ProtobufMessage().Add(1, new ProtobufMessage().Add(1, "text"));

        return new ProtobufMessage().Add(1, tag).Add(8, tensor).Add(9, metadata);
    }
}
