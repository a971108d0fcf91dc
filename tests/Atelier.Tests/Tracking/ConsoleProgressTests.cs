using System.Diagnostics;
using System.Text;
using Atelier.Tracking;
using Xunit;

namespace Atelier.Tests.Tracking;

public class ConsoleProgressTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Terminal_shows_nested_bars_at_80_columns()
    {
        using var screen = new TerminalScreen(80);
        using var progress = Terminal(screen);
        using var epochs = progress.Begin("epoch", 20, "epoch");
        for (var epoch = 0; epoch < 3; epoch++)
        {
            _clock.Advance(10.4);
            epochs.Advance(1, "reward 2.31");
        }

        progress.WriteLine("checkpoint_3 written");
        using var training = progress.Begin("training", 16, "batch");
        using var inner = progress.Begin("scoring", 4);
        _clock.Advance(2.5);
        training.Advance(5);
        _clock.Advance(0.1);
        inner.Advance();
        _clock.Advance(0.5);

        Assert.Equal(
            [
                "checkpoint_3 written",
                "epoch     3/20 [██░░░░░░░░░░░░░░]  15%  0:34 < 2:54  10.4 s/epoch  reward 2.31",
                "training  5/16 [█████░░░░░░░░░░░]  31%  0:02 < 0:05  2.0 batch/s",
                "scoring    1/4 [████░░░░░░░░░░░░]  25%  0:02 < 0:07  2.6 s/item",
            ],
            screen.Lines);
        Assert.False(screen.HasWrapped);
    }

    [Fact]
    public void Bars_give_way_to_permanent_lines_and_the_outermost_stays_in_the_end()
    {
        using var screen = new TerminalScreen(80);
        using (var progress = Terminal(screen))
        {
            using (var epochs = progress.Begin("epoch", 2))
            {
                using (var sampling = progress.Begin("sampling", 8, "step"))
                {
                    _clock.Advance(1);
                    sampling.Advance(8);
                }

                progress.WriteLine("first");
                Assert.Equal(["first", "epoch    0/2 [░░░░░░░░░░░░░░░░]   0%  0:01 < -:--"], screen.Lines);
                _clock.Advance(1);
                epochs.Advance(2, "done");
                progress.WriteLine("second");
            }

            progress.WriteLine("after");
        }

        Assert.Equal(["first", "second", "epoch    2/2 [████████████████] 100%  0:02  1.0 item/s  done", "after", ""], screen.Lines);
        Assert.Equal((4, 0), screen.Cursor);
        Assert.Equal(0, _clock.TimerCount);
    }

    [Fact]
    public void Disposing_in_the_middle_leaves_the_cursor_on_a_fresh_line()
    {
        using var screen = new TerminalScreen(80);
        var progress = Terminal(screen);
        var epochs = progress.Begin("epoch", 2);
        progress.Begin("sampling", 8);
        _clock.Advance(0.5);
        progress.Dispose();
        progress.Dispose();
        epochs.Advance();
        progress.Begin("late", 1).Dispose();
        progress.WriteLine("bye");

        Assert.Equal(4, screen.Lines.Length);
        Assert.Equal(["bye", ""], screen.Lines[2..]);
        Assert.Equal((3, 0), screen.Cursor);
    }

    [Fact]
    public void Only_three_bars_are_shown_of_deeper_nesting()
    {
        using var screen = new TerminalScreen(80);
        using var progress = Terminal(screen);
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            progress.Begin(name, 1);
        }

        _clock.Advance(1);

        Assert.Equal(["a", "c", "d"], screen.Lines.Select(line => line[..1]));
    }

    [Fact]
    public void Ending_a_stage_ends_those_inside()
    {
        using var screen = new TerminalScreen(80);
        using var progress = Terminal(screen);
        var outer = progress.Begin("outer", 1);
        var inner = progress.Begin("inner", 1);
        outer.Dispose();
        inner.Dispose();
        inner.Advance();
        using var next = progress.Begin("next", 1);
        _clock.Advance(1);

        Assert.Equal(["outer", "next "], screen.Lines.Select(line => line[..5]));
    }

    [Fact]
    public void Bars_are_redrawn_at_most_ten_times_a_second_and_move_when_nothing_happens()
    {
        using var screen = new TerminalScreen(80);
        using var progress = Terminal(screen);
        using var stage = progress.Begin("work", 1000, "step");
        for (var i = 0; i < 1000; i++)
        {
            stage.Advance();
            _clock.Advance(0.001);
        }

        Assert.InRange(screen.WriteCount, 8, 11);
        var before = screen.WriteCount;
        _clock.Advance(5);

        Assert.Equal(before + 10, screen.WriteCount);
        Assert.Contains("0:06 < 0:00", screen.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Advancing_is_cheap()
    {
        using var screen = new TerminalScreen(80);
        using var progress = new ConsoleProgress(screen, new ConsoleProgressOptions { IsTerminal = true }, TimeProvider.System);
        using var stage = progress.Begin("work", 1_000_000);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 100_000; i++)
        {
            stage.Advance();
        }

        Assert.True(watch.Elapsed.TotalMicroseconds / 100_000 < 20, $"{watch.Elapsed} for 100,000"); // 0.2 to 0.4 µs, 2 shared cores; a slow shared machine is no failure
    }

    [Theory]
    [InlineData(10)]
    [InlineData(24)]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(200)]
    public void No_line_is_wider_than_the_terminal(int width)
    {
        using var screen = new TerminalScreen(width);
        using var progress = Terminal(screen, width, hasColor: true);
        using var stage = progress.Begin("a very long name of a stage that never ends", 1_000_000, "micro-batch");
        _clock.Advance(4_000);
        stage.Advance(999_999, "a note\nwith a line feed that goes on and on " + new string('x', 200));
        _clock.Advance(1);

        Assert.False(screen.HasWrapped);
        Assert.Single(screen.Lines);
    }

    [Fact]
    public void Wide_characters_take_two_columns()
    {
        using var screen = new TerminalScreen(60);
        using var progress = Terminal(screen, 60);
        using var stage = progress.Begin("work", 2);
        _clock.Advance(1.2);
        stage.Advance(1, string.Concat(Enumerable.Repeat("猫", 40)));

        Assert.Equal("work     1/2 [█████░░░░░]  50%  0:01 < 0:01  猫猫猫猫猫猫…", screen.Lines[0]);
    }

    [Fact]
    public void Resized_terminal_is_followed()
    {
        using var screen = new TerminalScreen(40);
        using var progress = Terminal(screen, 200);
        progress.Width = 40;
        using var stage = progress.Begin("work", 2);
        stage.Advance(1, "a note that needs more than the forty columns there are");

        Assert.False(screen.HasWrapped);
    }

    [Fact]
    public void Ascii_output_gets_ascii_bars()
    {
        using var screen = new TerminalScreen(60, Encoding.ASCII);
        using var progress = Terminal(screen, 60);
        using var stage = progress.Begin("work", 2, "step");
        _clock.Advance(1.2);
        stage.Advance(1, "a note that is too long");

        Assert.Equal("work     1/2 [#####-----]  50%  0:01 < 0:01  a note that...", screen.Lines[0]);
        Assert.True(Ascii.IsValid(screen.Raw));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Color_is_a_choice(bool hasColor)
    {
        using var screen = new TerminalScreen(80);
        using var progress = Terminal(screen, hasColor: hasColor);
        progress.Begin("work", 2);

        Assert.Equal(hasColor, screen.Raw.Contains("\e[32m", StringComparison.Ordinal));
        Assert.Equal(hasColor, screen.Raw.Contains("\e[0m", StringComparison.Ordinal));
    }

    [Fact]
    public void Plain_output_is_a_line_for_each_epoch_and_one_every_ten_seconds_in_between()
    {
        using var writer = new StringWriter();
        using (var progress = new ConsoleProgress(writer, new ConsoleProgressOptions(), _clock))
        {
            progress.WriteLine("run r1");
            using var epochs = progress.Begin("epoch", 3, "epoch");
            for (var epoch = 0; epoch < 3; epoch++)
            {
                using (var sampling = progress.Begin("sampling", 4, "step"))
                {
                    for (var step = 0; step < 4; step++)
                    {
                        _clock.Advance(epoch == 1 ? 4 : 1);
                        sampling.Advance(1, "warm");
                    }
                }

                epochs.Advance(1, $"reward {epoch}.5");
            }
        }

        Assert.Equal(
            """
            run r1
            epoch 1/3  33%  0:04 < 0:08  4.0 s/epoch  reward 0.5
            epoch 1/3 > sampling 3/4  75%  0:12 < 0:04  4.0 s/step  warm
            epoch 2/3  66%  0:20 < 0:16  16.0 s/epoch  reward 1.5
            epoch 3/3  100%  0:24 < 0:00  9.7 s/epoch  reward 2.5

            """.ReplaceLineEndings("\n"),
            writer.ToString());
    }

    [Fact]
    public void Plain_output_of_one_flat_stage_is_throttled_and_ends_with_its_last_state()
    {
        using var writer = new StringWriter();
        using var progress = new ConsoleProgress(writer, new ConsoleProgressOptions { LineInterval = TimeSpan.FromSeconds(30) }, _clock);
        using (var stage = progress.Begin("images", 50, "image"))
        {
            for (var i = 0; i < 50; i++)
            {
                _clock.Advance(1);
                stage.Advance();
            }
        }

        Assert.Equal(
            "images 30/50  60%  0:30 < 0:20  1.0 image/s\nimages 50/50  100%  0:50  1.0 image/s\n",
            writer.ToString());
        Assert.DoesNotContain('\e', writer.ToString());
    }

    [Fact]
    public void Long_times_have_hours()
    {
        using var writer = new StringWriter();
        using var progress = new ConsoleProgress(writer, new ConsoleProgressOptions(), _clock);
        using var stage = progress.Begin("epoch", 20, "epoch", start: 10);
        _clock.Advance(3661);
        stage.Advance();

        Assert.Equal("epoch 11/20  55%  1:01:01 < 9:09:09  1:01:01/epoch\n", writer.ToString());
    }

    [Fact]
    public void Stages_can_be_advanced_from_several_threads()
    {
        using var screen = new TerminalScreen(80);
        using var progress = new ConsoleProgress(screen, new ConsoleProgressOptions { IsTerminal = true }, TimeProvider.System);
        using var stage = progress.Begin("work", 4000);
        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < 1000; i++)
            {
                stage.Advance();
                if (i % 250 == 0)
                {
                    progress.WriteLine("line");
                }
            }
        });

        Assert.Equal(4000, stage.Count);
        Assert.Equal(16, screen.Lines.Count(line => string.Equals(line, "line", StringComparison.Ordinal)));
    }

    [Fact]
    public void Quiet_progress_counts_and_shows_nothing()
    {
        using var progress = new QuietProgress();
        using var stage = progress.Begin("work", 4, "step", start: 1);
        stage.Advance(2);
        progress.WriteLine("nothing");

        Assert.Equal(3, stage.Count);
    }

    private ConsoleProgress Terminal(TextWriter writer, int width = 80, bool hasColor = false) =>
        new(writer, new ConsoleProgressOptions { IsTerminal = true, Width = width, HasColor = hasColor }, _clock);
}
