using System.Text.Json;
using System.Text.Json.Serialization;

namespace Atelier.Diffusion.Configs;

/// <summary>Reads a whole number, or the first of a list of them.</summary>
internal sealed class FirstOrOnlyConverter : JsonConverter<int?>
{
    public override int? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => OneOrManyConverter.ReadNumbers(ref reader)[0];

    public override void Write(Utf8JsonWriter writer, int? value, JsonSerializerOptions options) => writer.WriteNumberValue(value ?? 0);
}
