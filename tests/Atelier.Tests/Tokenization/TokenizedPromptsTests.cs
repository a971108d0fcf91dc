using Atelier.Tokenization;
using Xunit;

namespace Atelier.Tests.Tokenization;

public class TokenizedPromptsTests
{
    [Fact]
    public void Rows_are_views_of_the_ids()
    {
        TokenizedPrompts prompts = new([1, 2, 3, 4, 5, 6], count: 2, maxLength: 3);

        Assert.Equal([4, 5, 6], prompts.Row(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => prompts.Row(-1).ToArray());
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        Assert.Contains("Expected 2 × 3 ids, got 5", Assert.Throws<ArgumentException>(() => new TokenizedPrompts(new long[5], 2, 3)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenizedPrompts([], -1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenizedPrompts([], 0, 0));
    }
}
