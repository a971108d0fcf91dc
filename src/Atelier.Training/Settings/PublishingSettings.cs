using Atelier.Artifacts.Hub;

namespace Atelier.Training.Settings;

/// <summary>Says what a run puts on the Hugging Face hub when it is done.</summary>
[SettingGroup("Hugging Face hub")]
public sealed record PublishingSettings
{
    /// <summary>Uploads the trained model with a card when the run is done. Whether the token may do that is asked before anything is trained.</summary>
    /// <value>Default false.</value>
    [SettingName("push_to_hub")]
    public bool IsWanted { get; init; }

    /// <summary>Chooses the repository: NAMESPACE/NAME, or a name in the namespace of the token's owner. It is created where it does not exist.</summary>
    /// <value>Default "": the run's name.</value>
    [SettingName("hf_hub_model_id")]
    public string Repository { get; init; } = "";

    /// <summary>Wants the repository private; one that exists and is public is then refused.</summary>
    /// <value>Default false: as the hub or the organisation has it.</value>
    [SettingName("hf_hub_private")]
    public bool IsPrivate { get; init; }

    internal IEnumerable<string> Problems() => new Complaints()
        .Require(Repository.Length == 0 || HubRepositoryId.TryParse(Repository, out _), $"hf_hub_model_id: \"{Repository}\" is no repository's id (NAMESPACE/NAME)");
}
