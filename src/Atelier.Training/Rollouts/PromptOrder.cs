namespace Atelier.Training.Rollouts;

/// <summary>Chooses how the prompts of a list follow each other.</summary>
public enum PromptOrder
{
    /// <summary>One after the other, over and over, across batches and epochs.</summary>
    Cyclic,

    /// <summary>Each drawn uniformly and independently.</summary>
    Random,
}
