using Atelier.Imaging;
using Atelier.Training.Settings;

namespace Atelier.Training.Runs;

/// <summary>Draws a run: its previews side by side, and its rewards.</summary>
internal static class RunPictures
{
    private const int ColumnCount = 8;

    public static RgbImage BeforeAfter(IReadOnlyList<ScoredImage> before, IReadOnlyList<ScoredImage> after, RunSettings settings) => ContactSheet.Draw(
        [Band(before, "before fine-tuning"), Band(after, "after fine-tuning")],
        new SheetOptions { Title = $"{settings.Ddpo.RunName}: {settings.Reward}", MaximumColumnCount = ColumnCount });

    public static RgbImage RewardCurve(RunHistory history, RunSettings settings, string unit)
    {
        List<ChartSeries> series =
        [
            new ChartSeries("trained prompts (band: deviation within a prompt)", [.. history.Epochs.Select(epoch => new ChartPoint(epoch.Epoch, epoch.Mean, epoch.DeviationWithinPrompt))]),
        ];
        if (history.Evaluations.Count > 0)
        {
            series.Add(new ChartSeries("held-out prompts", [.. history.Evaluations.Select(evaluation => new ChartPoint(evaluation.EpochsDone, evaluation.Mean))]) { HasMarkers = true });
        }

        return LineChart.Draw(series, new ChartOptions { Title = settings.Ddpo.RunName, HorizontalLabel = "epochs done", VerticalLabel = unit.Length > 0 ? $"{settings.Reward} ({unit})" : settings.Reward });
    }

    private static SheetBand Band(IReadOnlyList<ScoredImage> pictures, string heading) =>
        new([.. pictures.Select(picture => new SheetCell(picture.Image, picture.Caption))], heading);
}
