using System.Reflection;
using Atelier.Diffusion.Layers;
using TorchSharp.Utils;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Architecture;

/// <summary>What every network class keeps to; each rule has a trap of TorchSharp behind it.</summary>
public class ModuleTests
{
    private static readonly List<Type> Modules = [.. AtelierAssemblies.Types.Where(type => type.IsSubclassOf(typeof(nn.Module)))];

    [Fact]
    public void There_are_modules_to_look_at() => Assert.True(Modules.Count > 20);

    // Overriding a registered submodule in a subclass would keep the old one in the state.
    [Fact]
    public void Modules_are_sealed() => Assert.Equal([], Modules.Where(type => !type.IsSealed).Select(type => type.FullName));

    // Registration is by reflection on fields. A slot that is filled later is registered by Attach under a name of its own.
    [Fact]
    public void Modules_and_parameters_are_private_named_fields()
    {
        var wrong = Fields().Where(pair => IsComponent(pair.Field) && !(IsSlot(pair.Field) && typeof(IAdaptableLayer).IsAssignableFrom(pair.Type)))
            .Where(pair => !pair.Field.IsPrivate || !pair.Field.IsInitOnly || string.IsNullOrEmpty(pair.Field.GetCustomAttribute<ComponentNameAttribute>()?.Name));
        Assert.Equal([], wrong.Select(Describe));
    }

    // Two fields of one name break Module.to().
    [Fact]
    public void Component_names_are_distinct_within_a_module()
    {
        var twins = Fields().GroupBy(pair => (pair.Type, pair.Field.GetCustomAttribute<ComponentNameAttribute>()?.Name)).Where(group => group.Key.Name is not null && group.Count() > 1);
        Assert.Equal([], twins.Select(group => $"{group.Key.Type.FullName}: {group.Key.Name}"));
    }

    // A tensor in a field becomes a saved buffer: the names in the file no longer fit.
    [Fact]
    public void Modules_have_no_bare_tensor_fields()
    {
        var wrong = Fields().Where(pair => !IsComponent(pair.Field) && Holds(pair.Field.FieldType));
        Assert.Equal([], wrong.Select(Describe));

        static bool Holds(Type type) => type == typeof(Tensor) || (type.IsArray && Holds(type.GetElementType()!)) || (type.IsGenericType && type.GetGenericArguments().Any(Holds));
    }

    // A property with the name of a parameter is set by Module.to(), so a get-only one throws.
    [Fact]
    public void No_property_has_the_name_of_a_component()
    {
        var wrong = Fields().Where(pair => pair.Field.GetCustomAttribute<ComponentNameAttribute>()?.Name is { } name && pair.Type.GetProperty(name, BindingFlags.Instance | BindingFlags.Public) is not null);
        Assert.Equal([], wrong.Select(Describe));
    }

    private static IEnumerable<(Type Type, FieldInfo Field)> Fields() =>
        Modules.SelectMany(type => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).Select(field => (type, field)));

    private static bool IsComponent(FieldInfo field) => typeof(nn.Module).IsAssignableFrom(field.FieldType) || typeof(TorchSharp.Modules.Parameter).IsAssignableFrom(field.FieldType);

    private static bool IsSlot(FieldInfo field) => !field.IsInitOnly && field.Name == "_adapter";

    private static string Describe((Type Type, FieldInfo Field) pair) => $"{pair.Type.FullName}.{pair.Field.Name}";
}
