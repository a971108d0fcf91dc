using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Atelier.Tracking;

/// <summary>Writes a record as one line of JSON and reads it back without loss.</summary>
/// <remarks>
/// <c>{"step":12,"kind":"update","loss":0.5,"count":3,"rewards":[1.0,"NaN"],"seconds":1.25}</c>.
/// A floating-point number always has a point or an exponent, which tells it from a whole one; JSON has no NaN and no infinity, so they are the strings
/// <c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c>, and a text that reads like one of these comes back as a number.
/// </remarks>
internal static class RunRecordJson
{
    private const string StepName = "step";
    private const string KindName = "kind";
    private const string SecondsName = "seconds";

    // Letters of every language as they are; what HTML gives a meaning to, escaped, so that a page may embed a line.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>Encodes a record as a line that ends with a line feed.</summary>
    public static byte[] Encode(RunRecord record, double? seconds)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteNumber(StepName, record.Step);
            json.WriteString(KindName, record.Kind);
            foreach (var (name, value) in record.Values)
            {
                json.WritePropertyName(name);
                Write(json, value);
            }

            if (seconds is { } measured)
            {
                json.WritePropertyName(SecondsName);
                Write(json, Math.Round(measured, 3));
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Decodes a line.</summary>
    /// <exception cref="JsonException">The line is not JSON.</exception>
    /// <exception cref="FormatException">The line is JSON, but no record.</exception>
    public static RunRecord Decode(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty(StepName, out var step) || step.ValueKind != JsonValueKind.Number || !step.TryGetInt64(out var stepValue)
            || !root.TryGetProperty(KindName, out var kind) || kind.ValueKind != JsonValueKind.String || kind.GetString() is not { Length: > 0 } kindValue)
        {
            throw new FormatException("A record is an object with a whole number 'step' and a string 'kind'.");
        }

        var seconds = root.TryGetProperty(SecondsName, out var measured) ? ReadNumber(measured) : (double?)null;
        var record = new RunRecord(stepValue, kindValue) { Seconds = seconds };
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name is not (StepName or KindName or SecondsName))
            {
                record[property.Name] = Read(property.Value);
            }
        }

        return record;
    }

    private static void Write(Utf8JsonWriter json, RunValue value)
    {
        switch (value.Kind)
        {
            case RunValueKind.Number:
                Write(json, value.Number);
                break;
            case RunValueKind.WholeNumber:
                json.WriteNumberValue(value.WholeNumber);
                break;
            case RunValueKind.Text:
                json.WriteStringValue(value.Text);
                break;
            default:
                json.WriteStartArray();
                foreach (var number in value.Numbers)
                {
                    Write(json, number);
                }

                json.WriteEndArray();
                break;
        }
    }

    private static void Write(Utf8JsonWriter json, double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        if (!double.IsFinite(number))
        {
            json.WriteStringValue(text);
        }
        else
        {
            json.WriteRawValue(text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text, skipInputValidation: true);
        }
    }

    private static RunValue Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number when element.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0 && element.TryGetInt64(out var wholeNumber) => wholeNumber,
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.String => TryReadNonFinite(element.GetString()!, out var number) ? number : element.GetString()!,
        JsonValueKind.Array => (double[])[.. element.EnumerateArray().Select(ReadNumber)],
        _ => throw new FormatException($"A record's values are numbers, strings or lists of numbers, not {element.ValueKind}."),
    };

    private static double ReadNumber(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.String when TryReadNonFinite(element.GetString()!, out var number) => number,
        _ => throw new FormatException($"Expected a number, got {element.GetRawText()}."),
    };

    private static bool TryReadNonFinite(string text, out double number)
    {
        number = text switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => 0,
        };
        return !double.IsFinite(number);
    }
}
