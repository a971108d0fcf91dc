using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Atelier.Testing;

/// <summary>What the hub refuses in a card, and what it warns about.</summary>
internal static partial class CardCheck
{
    private static readonly HashSet<string> Licenses = new(
        """
        apache-2.0 mit openrail openrail++ bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause
        bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-2.5
        cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0
        gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0 openmdw-1.1 osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib
        pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma unknown other
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
        StringComparer.Ordinal);

    private static readonly HashSet<string> PipelineTags = new(StringComparer.Ordinal) { "text-to-image", "image-to-image", "unconditional-image-generation", "text-generation", "reinforcement-learning", "image-classification" };

    public static (List<string> Errors, List<string> Warnings) Check(string card)
    {
        var (errors, warnings) = (new List<string>(), new List<string>());
        if (!FrontMatter.TryParse(card, out var fields, out var error))
        {
            errors.Add("YAML metadata: " + error);
        }
        else if (fields is null || fields.Count == 0)
        {
            warnings.Add("empty or missing yaml metadata in repo card");
        }
        else
        {
            CheckFields(fields, errors, warnings);
        }

        return (errors, warnings);
    }

    private static void CheckFields(JsonObject fields, List<string> errors, List<string> warnings)
    {
        errors.AddRange(Texts(fields, "license", errors).Where(static license => !Licenses.Contains(license)).Select(static _ => $"\"license\" must be one of [{string.Join(", ", Licenses)}]"));
        errors.AddRange(Texts(fields, "base_model", errors).Where(static id => !Id().IsMatch(id)).Select(static id => $"\"base_model\" with value \"{id}\" is not valid. Use a model id from https://hf.co/models."));
        errors.AddRange(Texts(fields, "datasets", errors).Where(static id => !Id().IsMatch(id)).Select(static id => $"\"datasets\" with value \"{id}\" is not valid. Use a dataset id from https://hf.co/datasets."));
        if (fields["model-index"] is not (null or JsonArray))
        {
            errors.Add("\"model-index\" must be an array");
        }

        if (fields["tags"] is not (null or JsonArray))
        {
            errors.Add("\"tags\" must be an array");
        }

        if (fields["pipeline_tag"]?.ToString() is { } tag && !PipelineTags.Contains(tag))
        {
            warnings.Add($"The pipeline tag \"{tag}\" is not in the official list");
        }
    }

    private static List<string> Texts(JsonObject fields, string name, List<string> errors)
    {
        var nodes = fields[name] is JsonArray list ? [.. list] : fields.ContainsKey(name) ? new List<JsonNode?> { fields[name] } : [];
        if (nodes.TrueForAll(static node => node is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.String))
        {
            return [.. nodes.Select(static node => node!.ToString())];
        }

        errors.Add($"\"{name}\" must be a string");
        return [];
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();
}
