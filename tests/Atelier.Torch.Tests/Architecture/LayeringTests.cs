using System.Reflection;
using Atelier.Diffusion.Tensors;
using NetArchTest.Rules;
using Xunit;

namespace Atelier.Tests.Architecture;

public class LayeringTests
{
    private const string Diffusion = "Atelier.Diffusion";

    // Layers know the adapter that they have a slot for, and adapters the layers that they change; nothing else points upwards.
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Native"] = [],
        ["Tensors"] = [],
        ["Configs"] = [],
        ["Weights"] = ["Tensors"],
        ["Layers"] = ["Tensors", "Adapters"],
        ["Adapters"] = ["Tensors", "Layers", "Weights"],
        ["Models"] = ["Tensors", "Layers", "Configs"],
        ["Schedulers"] = ["Tensors", "Configs"],
        ["Pipelines"] = ["Tensors", "Layers", "Configs", "Weights", "Adapters", "Models", "Schedulers"],
    };

    // Of the product's own assemblies.
    private static readonly Dictionary<string, string[]> References = new(StringComparer.Ordinal)
    {
        ["Atelier.Artifacts"] = [],
        ["Atelier.Tokenization"] = [],
        ["Atelier.Imaging"] = [],
        ["Atelier.Tracking"] = [],
        ["Atelier.Diffusion"] = ["Atelier.Artifacts", "Atelier.Tokenization", "Atelier.Imaging"],
        ["Atelier.Rewards"] = ["Atelier.Diffusion", "Atelier.Imaging", "Atelier.Artifacts", "Atelier.Tokenization"],
        ["Atelier.Training"] = ["Atelier.Rewards", "Atelier.Diffusion", "Atelier.Tracking", "Atelier.Imaging", "Atelier.Artifacts", "Atelier.Tokenization"],
    };

    public static TheoryData<string> Folders => [.. Allowed.Keys];

    public static TheoryData<string> Names => [.. AtelierAssemblies.All.Select(assembly => assembly.GetName().Name!)];

    [Fact]
    public void Every_folder_of_diffusion_has_a_rule()
    {
        var folders = AtelierAssemblies.Types.Where(type => type.Assembly == typeof(Shapes).Assembly).Select(type => type.Namespace!.Split('.').ElementAtOrDefault(2) ?? "").Distinct(StringComparer.Ordinal);
        Assert.Equal([], folders.Except(Allowed.Keys, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Folders_of_diffusion_use_only_what_lies_below(string folder)
    {
        var forbidden = Allowed.Keys.Except(Allowed[folder], StringComparer.Ordinal).Where(other => other != folder).Select(other => $"{Diffusion}.{other}").ToArray();
        var result = Types.InAssembly(typeof(Shapes).Assembly).That().ResideInNamespace($"{Diffusion}.{folder}").ShouldNot().HaveDependencyOnAny(forbidden).GetResult();
        Assert.True(result.IsSuccessful, $"{folder} must not use {string.Join(", ", forbidden)}: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    [Fact]
    public void The_training_loop_sees_the_pipeline_and_no_network_class()
    {
        foreach (var assembly in AtelierAssemblies.All.Where(assembly => assembly.GetName().Name == "Atelier.Training"))
        {
            var result = Types.InAssembly(assembly).That().DoNotResideInNamespace("Atelier.Training.Pretraining").And().DoNotHaveName("DefaultDdpoStableDiffusionPipeline") // it opens the pipeline for the others
                .ShouldNot().HaveDependencyOnAny($"{Diffusion}.Models", $"{Diffusion}.Layers").GetResult();
            Assert.True(result.IsSuccessful, $"Only pretraining and the pipeline see networks: {string.Join(", ", result.FailingTypeNames ?? [])}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Assemblies_use_only_what_lies_below(string name)
    {
        Assert.True(References.TryGetValue(name, out var allowed), $"{name} has no rule.");
        var used = Assembly.Load(name).GetReferencedAssemblies().Select(reference => reference.Name!).Where(reference => reference.StartsWith("Atelier.", StringComparison.Ordinal));
        Assert.Equal([], used.Except(allowed, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Atelier.Artifacts")]
    [InlineData("Atelier.Tokenization")]
    [InlineData("Atelier.Imaging")]
    [InlineData("Atelier.Tracking")]
    public void Files_texts_and_logs_need_no_torch(string name) =>
        Assert.DoesNotContain(Assembly.Load(name).GetReferencedAssemblies(), reference => reference.Name == "TorchSharp");
}
