namespace Atelier.Artifacts.Hub;

/// <summary>Says which class a part of a pipeline is loaded with.</summary>
/// <param name="Library">The Python library that the class comes from, such as <c>diffusers</c> or <c>transformers</c>.</param>
/// <param name="ClassName">The class, such as <c>UNet2DConditionModel</c>.</param>
public sealed record ModelComponent(string Library, string ClassName);
