using Atelier.Training.Recipes;
using Xunit;

namespace Atelier.Tests.Training.Recipes;

public class RecipeTests
{
    public static TheoryData<string> Names => [.. Recipe.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_recipe_can_start_and_says_what_to_expect(string name)
    {
        var recipe = Recipe.Load(name);

        Assert.Empty(recipe.ToRunSettings().Problems());
        Assert.InRange(recipe.Description.Length, 40, 300);
    }

    [Fact]
    public void The_quickstart_makes_eight_updates_an_epoch_from_equal_groups()
    {
        var settings = Recipe.Load(Recipe.DefaultName).ToRunSettings();
        var prompts = Atelier.Training.Rollouts.Prompts.Read(settings.Prompts);

        Assert.Equal(["a red circle", "a blue square", "a green star", "a yellow heart"], prompts);
        Assert.Equal(128, settings.Ddpo.SamplesPerEpoch);
        Assert.Equal(8, settings.Ddpo.UpdatesPerEpoch);
        Assert.Equal(settings.Ddpo.SamplesPerUpdate * settings.Ddpo.Sample.NumSteps, settings.Ddpo.StepsAtOnce);
        Assert.False(settings.Ddpo.IsGuided);
        Assert.Equal(settings.Ddpo.SamplesPerEpoch / prompts.Count, settings.Ddpo.PerPromptStatTracking.BufferSize);
        Assert.True(settings.Ddpo.PerPromptStatTracking.MinCount <= settings.Ddpo.PerPromptStatTracking.BufferSize);
    }

    [Fact]
    public void The_default_recipe_comes_first() => Assert.Equal(Recipe.DefaultName, Recipe.List()[0].Name);

    [Fact]
    public void An_unknown_recipe_is_refused_by_name()
    {
        Assert.Null(Recipe.Find("nothing"));
        Assert.Contains("did you mean redness?", Assert.Throws<ArgumentException>(() => Recipe.Load("rednes")).Message, StringComparison.Ordinal);
    }
}
