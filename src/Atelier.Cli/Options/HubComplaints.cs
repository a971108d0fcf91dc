using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Cards;
using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Checks that the commands of the hub have in common.</summary>
internal static class HubComplaints
{
    /// <summary>Complains where the repository's name is missing or is none.</summary>
    public static Complaints RequireRepository(this Complaints complaints, string repository) => complaints
        .Require(repository.Length > 0, "REPOSITORY must be given: NAMESPACE/NAME")
        .Require(repository.Length == 0 || HubRepositoryId.TryParse(repository, out _), $"\"{repository}\" is no repository's id (NAMESPACE/NAME)");

    /// <summary>Complains where the licence is none that the hub knows.</summary>
    public static Complaints RequireLicense(this Complaints complaints, string license) => complaints
        .Require(license.Length == 0 || CardLicenses.IsKnown(license), $"--license: the hub does not know \"{license}\"{Spelling.Suggest(license, CardLicenses.Identifiers)}");
}
