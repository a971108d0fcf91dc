using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Atelier.Tests.Architecture;

/// <summary>Every assembly of the product that lies beside the tests, with its documentation.</summary>
internal static class AtelierAssemblies
{
    public static IReadOnlyList<Assembly> All { get; } =
    [
        .. Directory.GetFiles(AppContext.BaseDirectory, "Atelier.*.dll").Order(StringComparer.Ordinal)
            .Where(path => !path.EndsWith("Tests.dll", StringComparison.Ordinal) && !path.EndsWith("HubServer.dll", StringComparison.Ordinal))
            .Select(path => Assembly.Load(Path.GetFileNameWithoutExtension(path))),
    ];

    /// <summary>All types that people wrote.</summary>
    public static IEnumerable<Type> Types => All.SelectMany(assembly => assembly.GetTypes()).Where(type => !IsGenerated(type));

    /// <summary>Every documented member: its identifier, such as <c>M:Atelier.X.Y.Method(System.Int32)</c>, and its element.</summary>
    public static IReadOnlyList<(string Id, XElement Element)> Documentation { get; } =
        [.. All.SelectMany(assembly => XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member")).Select(element => (element.Attribute("name")!.Value, element))];

    /// <summary>A member's text with tags dropped and white space made single.</summary>
    public static string Text(XElement element) => string.Join(' ', element.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>A documented member as the documentation pages name it: <c>Type</c> or <c>Type.Member</c>.</summary>
    public static string ShortName(string id)
    {
        var path = id[2..].Split('(')[0].Split('.');
        return id[0] == 'T' ? path[^1] : $"{path[^2]}.{path[^1]}";
    }

    private static bool IsGenerated(Type type) =>
        type.Name.Contains('<', StringComparison.Ordinal) || type.IsDefined(typeof(CompilerGeneratedAttribute)) || (type.DeclaringType is { } outer && IsGenerated(outer))
        || type.Namespace?.StartsWith("Atelier", StringComparison.Ordinal) != true;
}
