namespace Atelier.Artifacts.Hub.Cards;

/// <summary>Puts our fields into somebody's front matter.</summary>
/// <param name="existing">The front matter that is there.</param>
/// <param name="ours">Ours.</param>
/// <param name="lineEnd">The line end of what is there.</param>
/// <param name="keepsLicense">Whether a licence that is there stays, with its name and link.</param>
internal sealed class CardMerge(FrontMatter existing, FrontMatter ours, string lineEnd, bool keepsLicense)
{
    private static readonly string[] LicenseKeys = [CardKeys.License, CardKeys.LicenseName, CardKeys.LicenseLink];

    public FrontMatter Run()
    {
        var merged = existing.InBlocks(lineEnd);
        var isLicensed = keepsLicense && merged.Find(CardKeys.License) is { Value.IsNothing: false };
        var changesLicence = ours.Find(CardKeys.License) is { } licence && merged.Find(CardKeys.License) is { } earlier && !earlier.Value.IsSameAs(licence.Value);
        foreach (var key in (string[])[CardKeys.LicenseName, CardKeys.LicenseLink])
        {
            if (changesLicence && !isLicensed && ours.Find(key) is null)
            {
                merged = merged.Without(key);
            }
        }

        foreach (var entry in ours.Entries.Where(entry => !isLicensed || !LicenseKeys.Contains(entry.Key, StringComparer.Ordinal)))
        {
            var (lines, indentation) = entry.Key == CardKeys.Tags ? (TagLines(merged), 0) : (ours.LinesOf(entry), ours.Indentation);
            if (merged.Find(entry.Key) is { } there && IsSame(there, entry, lines))
            {
                continue;
            }

            merged = merged.With(entry.Key, lines, indentation, lineEnd);
            if (merged.Complaint is not null)
            {
                return merged;
            }
        }

        return merged;
    }

    private static bool IsSame(FrontMatterEntry there, FrontMatterEntry entry, string lines) => entry.Key == CardKeys.Tags
        ? FrontMatter.Parse(lines).Find(CardKeys.Tags) is { } tags && tags.Value.IsSameAs(there.Value)
        : entry.Value.IsSameAs(there.Value);

    // Theirs first, in their order.
    private string TagLines(FrontMatter there)
    {
        var own = ModelCardFields.From(ours.Root).Tags;
        var theirs = ModelCardFields.From(there.Root).Tags.Where(tag => tag != ModelCardFields.LoraTag || own.Contains(ModelCardFields.LoraTag, StringComparer.Ordinal));
        return YamlText.List(CardKeys.Tags, theirs.Union(own, StringComparer.Ordinal));
    }
}
