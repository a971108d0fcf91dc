using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Atelier.Artifacts.Hub;
using Atelier.Cli.Options;
using Atelier.Cli.Reports;
using Atelier.Imaging;
using Atelier.Training.Runs;

namespace Atelier.Cli.Commands;

/// <summary>Makes pictures: <c>atelier generate</c>.</summary>
public static class GenerateCommand
{
    private const int LongestSlug = 60;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Finds everything that is wrong with a request, before any weight is read.</summary>
    /// <param name="settings">What was asked.</param>
    /// <returns>One sentence for each complaint.</returns>
    public static IEnumerable<string> Problems(GenerateSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);

        return [.. settings.Problems(), .. ModelSource.Problems(NameModel(settings))];
    }

    /// <summary>Runs the command.</summary>
    /// <param name="settings">What was asked, checked.</param>
    /// <param name="environment">Where to print, and how.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="RequestException">The model or the LoRA can't be used, or the size can't be drawn.</exception>
    /// <exception cref="HubException">A repository is not there, or can't be fetched and is not cached.</exception>
    public static async Task<int> RunAsync(GenerateSettings settings, CliEnvironment environment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(environment);

        using var progress = WrappedProgress.For(environment);
        var model = await Loading.FindModelAsync(NameModel(settings), environment, progress, cancellationToken);
        using var maker = Loading.Try(() => PictureMaker.Load(model, settings.Device, settings.Variant, settings.Threads));
        var request = ToRequest(settings);
        Loading.Try(() => maker.RequireSize(request));
        Directory.CreateDirectory(settings.OutputFolder);

        JsonArray made = [];
        HashSet<string> taken = new(StringComparer.Ordinal);
        foreach (var picture in maker.Make(request, progress, cancellationToken))
        {
            var file = Path.Combine(settings.OutputFolder, NameFile(picture, taken));
            PngFile.Write(file, picture.Image);
            var entry = Describe(picture, file, settings, model);
            File.AppendAllText(Path.Combine(settings.OutputFolder, ImageFolder.IndexFile), entry.ToJsonString(Json) + "\n");
            entry["file"] = file;
            made.Add(entry);
        }

        progress.Dispose();
        Write(made, environment);
        return ExitCode.Done;
    }

    private static ModelRequest NameModel(GenerateSettings settings) =>
        new() { Model = settings.PretrainedModel, Lora = settings.Lora, LoraRevision = settings.LoraRevision, Revision = settings.PretrainedRevision, Variant = settings.Variant };

    private static PictureRequest ToRequest(GenerateSettings settings) => new()
    {
        Items = [.. settings.Prompts.SelectMany(prompt => Enumerable.Range(0, settings.Count).Select(i => (prompt, settings.Seed + i)))],
        NegativePrompt = settings.NegativePrompt,
        StepCount = settings.NumSteps,
        GuidanceScale = settings.GuidanceScale,
        Eta = settings.Eta,
        Width = settings.Width == 0 ? null : settings.Width,
        Height = settings.Height == 0 ? null : settings.Height,
    };

    private static void Write(JsonArray made, CliEnvironment environment)
    {
        if (environment.IsJson)
        {
            environment.Output.WriteLine(new JsonObject { ["images"] = made }.ToJsonString(Json));
            return;
        }

        foreach (var entry in made)
        {
            environment.Output.WriteLine(entry!["file"]!.GetValue<string>());
        }
    }

    // Everything that is needed to make the picture again.
    private static JsonObject Describe(Picture picture, string file, GenerateSettings settings, ModelSource model) => new()
    {
        ["file"] = Path.GetFileName(file),
        ["prompt"] = picture.Prompt,
        ["negative_prompt"] = settings.NegativePrompt,
        ["seed"] = picture.Seed,
        ["model"] = model.PublicName ?? model.Folder,
        ["model_commit"] = model.Commit,
        ["lora"] = model.Lora,
        ["num_steps"] = settings.NumSteps,
        ["guidance_scale"] = settings.GuidanceScale,
        ["eta"] = settings.Eta,
        ["width"] = picture.Image.Width,
        ["height"] = picture.Image.Height,
    };

    private static string NameFile(Picture picture, HashSet<string> taken)
    {
        StringBuilder slug = new();
        foreach (var letter in picture.Prompt.ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(letter))
            {
                slug.Append(letter);
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        var stem = slug.Length > LongestSlug ? slug.ToString(0, LongestSlug) : slug.ToString();
        stem = stem.Trim('-') is { Length: > 0 } trimmed ? trimmed : "picture";
        var name = $"{stem}-{picture.Seed}.png";
        for (var copy = 2; !taken.Add(name); copy++)
        {
            name = $"{stem}-{picture.Seed}-{copy}.png"; // two long prompts may begin alike
        }

        return name;
    }
}
