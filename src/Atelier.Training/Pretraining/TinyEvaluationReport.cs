using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Atelier.Training.Pretraining;

/// <summary>Says how good the embedded model is.</summary>
public sealed record TinyEvaluationReport
{
    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Gets how the pictures were made.</summary>
    public required TinyEvaluationOptions Options { get; init; }

    /// <summary>Gets how often the judge is right on drawn pictures.</summary>
    public required SceneJudgeAccuracy Judge { get; init; }

    /// <summary>Gets how well guided pictures follow all captions.</summary>
    public required PromptAgreement All { get; init; }

    /// <summary>Gets how well guided pictures follow captions of pairs of colour and shape that were trained on.</summary>
    public required PromptAgreement SeenPairs { get; init; }

    /// <summary>Gets how well guided pictures follow captions of pairs of colour and shape that were never trained on.</summary>
    public required PromptAgreement HeldOutPairs { get; init; }

    /// <summary>Gets how well pictures without guidance follow all captions.</summary>
    public required PromptAgreement Unguided { get; init; }

    /// <summary>Gets how much the VAE loses.</summary>
    public required ReconstructionQuality Reconstruction { get; init; }

    /// <summary>Writes the report as JSON.</summary>
    /// <returns>An object, indented, keys in snake case.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, JsonOptions);

    /// <summary>Writes the report for people.</summary>
    /// <returns>A table of percentages with a few lines around it; line feeds between lines, none at the end.</returns>
    public string ToTable()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Options.CaptionCount} captions, {Options.StepCount} steps, guidance {Options.GuidanceScale}; percent of the captions that ask for it\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{string.Empty,-18}{"all",8}{"seen pairs",13}{"new pairs",12}{"unguided",11}\n");
        for (var index = 0; index < All.Facts.Count; index++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{All.Facts[index].Name,-18}{Percent(All),8}{Percent(SeenPairs),13}{Percent(HeldOutPairs),12}{Percent(Unguided),11}\n");

            string Percent(PromptAgreement agreement) => agreement.Facts[index].Agreement.Share is { } share ? Spell(share) : "-";
        }

        text.Append(CultureInfo.InvariantCulture, $"\nVAE: L1 {Reconstruction.L1:f4} on [-1, 1], PSNR {Reconstruction.Psnr:f1} dB ({Reconstruction.PictureCount} drawn pictures)\n");
        text.Append(CultureInfo.InvariantCulture, $"Judge, on {Options.JudgedPictureCount} drawn pictures: shape {Spell(Judge.Shape)}, colour {Spell(Judge.Colour)}, place {Spell(Judge.Place)}, ");
        text.Append(CultureInfo.InvariantCulture, $"background colour {Spell(Judge.BackgroundColour)}, texture {Spell(Judge.Texture)}");
        return text.ToString();
    }

    private static string Spell(double share) => (share * 100).ToString("f1", CultureInfo.InvariantCulture);
}
