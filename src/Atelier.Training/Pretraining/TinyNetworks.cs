using Atelier.Diffusion.Models.Clip;
using Atelier.Diffusion.Models.Unet;
using Atelier.Tokenization;

namespace Atelier.Training.Pretraining;

/// <summary>What is trained together, and the tokenizer that feeds it.</summary>
internal sealed record TinyNetworks(UNet2DConditionModel Unet, ClipTextModel TextEncoder, ClipTokenizer Tokenizer);
