using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Atelier.Artifacts.Tensors;
using static Atelier.Artifacts.Safetensors.SafetensorsHeader;

namespace Atelier.Artifacts.Safetensors;

/// <summary>
/// Reads the JSON of a header token by token, so that duplicates, unknown keys and wrong kinds are seen and nothing is built that the
/// format has no place for.
/// </summary>
internal ref struct HeaderReader
{
    /// <summary>The key whose value is the metadata, not a tensor.</summary>
    public const string MetadataKey = "__metadata__";

    private readonly string _fileName;
    private Utf8JsonReader _json;
    private string? _tensorName;

    /// <summary>Prepares to read.</summary>
    /// <param name="json">The header, valid UTF-8.</param>
    /// <param name="fileName">What error messages call the file.</param>
    public HeaderReader(ReadOnlySpan<byte> json, string fileName)
    {
        _fileName = fileName;
        _json = new Utf8JsonReader(json);
        _tensorName = null;
        Metadata = new(StringComparer.Ordinal);
    }

    /// <summary>The metadata found by <see cref="Read"/>.</summary>
    public Dictionary<string, string> Metadata { get; }

    /// <summary>Reads the whole header.</summary>
    /// <returns>The tensors, each with a range as long as its shape demands.</returns>
    /// <exception cref="TensorFileException">The header breaks a rule of the format.</exception>
    public Dictionary<string, DeclaredTensor> Read()
    {
        var tensors = new Dictionary<string, DeclaredTensor>(StringComparer.Ordinal);
        var hasMetadata = false;
        Next(); // the caller has seen the '{'
        while (Next() != JsonTokenType.EndObject)
        {
            var name = Text();
            if (string.Equals(name, MetadataKey, StringComparison.Ordinal))
            {
                if (hasMetadata)
                {
                    Fail($"the header holds '{MetadataKey}' twice.");
                }

                hasMetadata = true;
                ReadMetadata();
                continue;
            }

            _tensorName = name;
            if (tensors.ContainsKey(name))
            {
                Fail("the header holds this name twice.");
            }

            tensors.Add(name, ReadTensor());
            _tensorName = null;
        }

        Next(); // throws if anything but white space follows
        return tensors;
    }

    private void ReadMetadata()
    {
        if (Next() != JsonTokenType.StartObject)
        {
            Fail($"'{MetadataKey}' is not an object.");
        }

        while (Next() != JsonTokenType.EndObject)
        {
            var key = Text();
            if (Next() != JsonTokenType.String)
            {
                Fail($"the metadata value of '{TensorFileException.Shown(key)}' is not a string.");
            }

            if (!Metadata.TryAdd(key, Text()))
            {
                Fail($"the metadata holds the key '{TensorFileException.Shown(key)}' twice.");
            }
        }
    }

    private DeclaredTensor ReadTensor()
    {
        if (Next() != JsonTokenType.StartObject)
        {
            Fail("its entry is not an object.");
        }

        ElementType? type = null;
        ImmutableArray<long>? shape = null;
        ImmutableArray<long>? offsets = null;
        while (Next() != JsonTokenType.EndObject)
        {
            if (_json.ValueTextEquals("dtype"u8))
            {
                RequireFirst(type.HasValue, "dtype");
                type = ReadElementType();
            }
            else if (_json.ValueTextEquals("shape"u8))
            {
                RequireFirst(shape.HasValue, "shape");
                shape = ReadIntegers("shape", int.MaxValue);
            }
            else if (_json.ValueTextEquals("data_offsets"u8))
            {
                RequireFirst(offsets.HasValue, "data_offsets");
                offsets = ReadIntegers("data_offsets", 2);
            }
            else
            {
                Fail($"its entry holds the unknown key '{TensorFileException.Shown(Text())}'.");
            }
        }

        return Check(type ?? Missing<ElementType>("dtype"), shape ?? Missing<ImmutableArray<long>>("shape"), offsets ?? Missing<ImmutableArray<long>>("data_offsets"));
    }

    private readonly DeclaredTensor Check(ElementType type, ImmutableArray<long> shape, ImmutableArray<long> offsets)
    {
        if (offsets.Length != 2)
        {
            Fail($"its 'data_offsets' holds {offsets.Length} numbers instead of 2.");
        }

        var (begin, end) = (offsets[0], offsets[1]);
        if (end < begin)
        {
            Fail($"its bytes {begin} to {end} are reversed.");
        }

        if (TensorExtent.Measure(type, shape.AsSpan(), out var byteCount) is { } problem)
        {
            Fail(problem);
        }

        if (byteCount != end - begin)
        {
            Fail($"its size differs from its shape: {type.WrittenName()} [{ShownShape(shape)}] takes {byteCount} bytes, but its range {begin} to {end} has {end - begin}.");
        }

        return new DeclaredTensor(type, shape, begin, end);
    }

    private ElementType ReadElementType()
    {
        if (Next() != JsonTokenType.String)
        {
            Fail("its 'dtype' is not a string.");
        }

        var name = Text();
        if (!ElementTypes.TryParse(name, out var type))
        {
            Fail($"its dtype '{TensorFileException.Shown(name)}' is unknown; known are {string.Join(", ", ElementTypes.All.Select(ElementTypes.WrittenName))}.");
        }

        return type;
    }

    private ImmutableArray<long> ReadIntegers(string key, int maximumCount)
    {
        if (Next() != JsonTokenType.StartArray)
        {
            Fail($"its '{key}' is not an array.");
        }

        var values = ImmutableArray.CreateBuilder<long>();
        while (Next() != JsonTokenType.EndArray)
        {
            if (values.Count == maximumCount)
            {
                Fail($"its '{key}' holds more than {maximumCount} numbers.");
            }

            values.Add(ReadInteger(key));
        }

        return values.DrainToImmutable();
    }

    private readonly long ReadInteger(string key)
    {
        if (_json.TokenType != JsonTokenType.Number)
        {
            Fail($"its '{key}' holds something that is not a number.");
        }

        if (_json.ValueSpan[0] == (byte)'-')
        {
            Fail($"its '{key}' holds a negative number.");
        }

        if (!_json.TryGetInt64(out var value))
        {
            Fail($"its '{key}' holds a number that is not an integer of 63 bits.");
        }

        return value;
    }

    private JsonTokenType Next()
    {
        try
        {
            return _json.Read() ? _json.TokenType : JsonTokenType.None;
        }
        catch (JsonException exception)
        {
            throw new TensorFileException(_fileName, _tensorName, $"the header is not valid JSON: {exception.Message}", exception);
        }
    }

    private readonly string Text()
    {
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            // an escape sequence such as \ud800 without its other half
            throw new TensorFileException(_fileName, _tensorName, "the header holds a string that is not valid Unicode.", exception);
        }
    }

    private readonly void RequireFirst(bool seen, string key)
    {
        if (seen)
        {
            Fail($"its entry holds the key '{key}' twice.");
        }
    }

    [DoesNotReturn]
    private readonly T Missing<T>(string key) => throw new TensorFileException(_fileName, _tensorName, $"its entry lacks '{key}'.");

    [DoesNotReturn]
    private readonly void Fail(string problem) => throw new TensorFileException(_fileName, _tensorName, problem);

    private static string ShownShape(ImmutableArray<long> shape) => shape.Length <= 16
        ? string.Join(", ", shape)
        : $"{string.Join(", ", shape.Take(16))}, …";
}
