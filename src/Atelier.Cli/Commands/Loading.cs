using System.Text.Json;
using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Weights;

namespace Atelier.Cli.Commands;

/// <summary>Turns what goes wrong while things are loaded into complaints about the request.</summary>
internal static class Loading
{
    /// <summary>Loads something.</summary>
    /// <exception cref="RequestException">It can't be loaded: it is missing, damaged or of another kind.</exception>
    public static T Try<T>(Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception exception) when (exception is ArgumentException or FileNotFoundException or DirectoryNotFoundException or NotSupportedException
            or InvalidDataException or WeightMismatchException or SafetensorsException or JsonException)
        {
            throw new RequestException([.. exception.Message.Split(Environment.NewLine).Select(StripParameter)]);
        }
    }

    /// <summary>Gives an exception's message as one sentence.</summary>
    public static string Sentence(Exception exception)
    {
        var text = StripParameter(exception.Message.ReplaceLineEndings(" ").Trim());
        return text.EndsWith('.') ? text : text + ".";
    }

    // The name of a parameter means nothing to who typed a command.
    private static string StripParameter(string message)
    {
        var index = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return index < 0 ? message : message[..index];
    }
}
