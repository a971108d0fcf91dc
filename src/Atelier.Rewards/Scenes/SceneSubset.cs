namespace Atelier.Rewards.Scenes;

/// <summary>Selects which pairs of colour and shape a sampler may draw.</summary>
public enum SceneSubset
{
    /// <summary>Every pair but the held-out ones: what a model is trained on.</summary>
    Training,

    /// <summary>Only the pairs that are never trained on: tells whether a model composes what it has learnt.</summary>
    HeldOut,

    /// <summary>Every pair.</summary>
    All,
}
