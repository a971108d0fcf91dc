using Atelier.Training.Rollouts;
using Xunit;

namespace Atelier.Tests.Training.Rollouts;

public class PromptsTests
{
    private static readonly string[] Abc = ["a", "b", "c"];

    [Fact]
    public void Cyclic_prompts_run_on_across_epochs()
    {
        var prompts = Prompts.FromList(Abc);

        Assert.Equal(["a", "b", "c", "a"], Enumerable.Range(0, 4).Select(index => prompts(new PromptRequest(0, 0, index, index)).Prompt));
        Assert.Equal("b", prompts(new PromptRequest(0, 1, 0, 4)).Prompt);
        Assert.Equal("a", prompts(new PromptRequest(0, 1, 0, 3_000_000_000)).Prompt);
    }

    [Fact]
    public void Random_prompts_depend_on_the_request_alone()
    {
        var (first, second) = (Prompts.FromList(Abc, PromptOrder.Random), Prompts.FromList(Abc, PromptOrder.Random));
        PromptRequest[] requests = [.. Enumerable.Range(0, 100).Select(index => new PromptRequest(-7, index / 10, index % 10, index))];

        Assert.Equal(requests.Select(request => first(request).Prompt), requests.Reverse().Select(request => second(request).Prompt).Reverse());
    }

    [Fact]
    public void Random_prompts_are_uniform_and_differ_by_seed_and_epoch()
    {
        var prompts = Prompts.FromList(Abc, PromptOrder.Random);
        string[] drawn = [.. Enumerable.Range(0, 3000).Select(index => prompts(new PromptRequest(1, index / 30, index % 30, index)).Prompt)];

        Assert.All(drawn.CountBy(prompt => prompt), pair => Assert.InRange(pair.Value, 900, 1100));
        Assert.NotEqual(Draw(seed: 1, epoch: 0), Draw(seed: 2, epoch: 0));
        Assert.NotEqual(Draw(seed: 1, epoch: 0), Draw(seed: 1, epoch: 1));

        string Draw(long seed, int epoch) => string.Concat(Enumerable.Range(0, 40).Select(index => prompts(new PromptRequest(seed, epoch, index, index)).Prompt));
    }

    [Fact]
    public void Named_sets_are_found()
    {
        Assert.Equal(27, Prompts.Read("simple-animals").Count);
        Assert.Equal("cat", Prompts.Named("simple-animals")(new PromptRequest(0, 0, 0, 0)).Prompt);
        Assert.All(Prompts.Names, name => Assert.NotEmpty(Prompts.Read(name)));
        Assert.Throws<ArgumentException>(() => Prompts.Named("nothing"));
    }

    [Fact]
    public void A_file_has_one_prompt_a_line()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "# comment\r\n a cat \r\n\r\na dog");
            Assert.Equal(["a cat", "a dog"], Prompts.Read(path));
            Assert.Equal("a dog", Prompts.FromFile(path)(new PromptRequest(0, 0, 1, 1)).Prompt);

            File.WriteAllText(path, "# nothing\n");
            Assert.Throws<InvalidDataException>(() => Prompts.FromFile(path));
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Throws<FileNotFoundException>(() => Prompts.FromFile(path));
    }

    [Fact]
    public void An_empty_list_is_refused() => Assert.Throws<ArgumentException>(() => Prompts.FromList([]));
}
