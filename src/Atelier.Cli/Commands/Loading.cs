using System.Text.Json;
using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Tensors;
using Atelier.Diffusion.Weights;
using Atelier.Tracking;
using Atelier.Training.Runs;

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
        catch (Exception exception) when (IsComplaint(exception))
        {
            throw Complaint(exception);
        }
    }

    /// <summary>Finds a model; what the hub has of it is downloaded, with a bar.</summary>
    /// <exception cref="RequestException">A name leads nowhere.</exception>
    /// <exception cref="HubException">A repository is not there, or can't be fetched and is not cached.</exception>
    public static async Task<ModelSource> FindModelAsync(ModelRequest request, CliEnvironment environment, IProgressReporter progress, CancellationToken cancellationToken)
    {
        HubConnection? connection = null; // opened only where the hub is needed, so that a bad variable of it stops nothing else
        try
        {
            return await ModelSource.FindAsync(request, () => (connection ??= HubConnection.Open(environment, progress, "download")).Client, cancellationToken);
        }
        catch (Exception exception) when (IsComplaint(exception))
        {
            throw Complaint(exception);
        }
        finally
        {
            connection?.Dispose();
        }
    }

    /// <summary>Gives an exception's message as one sentence.</summary>
    public static string Sentence(Exception exception)
    {
        var text = StripParameter(exception.Message.ReplaceLineEndings(" ").Trim());
        return text.EndsWith('.') ? text : text + ".";
    }

    private static bool IsComplaint(Exception exception) => exception is ArgumentException or FileNotFoundException or DirectoryNotFoundException or NotSupportedException
        or InvalidDataException or WeightMismatchException or TensorFileException or JsonException;

    private static RequestException Complaint(Exception exception) => new([.. exception.Message.Split(Environment.NewLine).Select(StripParameter)]);

    // The name of a parameter means nothing to who typed a command.
    private static string StripParameter(string message)
    {
        var index = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return index < 0 ? message : message[..index];
    }
}
