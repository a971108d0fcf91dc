using Atelier.Training.Settings;

namespace Atelier.Training.Runs;

/// <summary>Writes how the result of a run is used: with diffusers, with Atelier, with other programs.</summary>
internal sealed class RunCardUsage(RunFacts facts, RunCardPictures pictures, string? baseModel, string repository)
{
    private const string KohyaFile = "lora_kohya.safetensors";
    private const string DiffusersFile = "pytorch_lora_weights.safetensors";

    // One whose picture is on the page, else one that was trained on.
    private string Prompt { get; } =
        pictures.Pairs.Select(pair => pair.Prompt).Concat(facts.SampledPrompts).Concat(facts.FindPrompts()).FirstOrDefault(MarkdownText.IsPlainInCode) ?? "a photo of a llama";

    // Unguided sampling doesn't use it, and one of many belongs to one prompt.
    private string? NegativePrompt => facts.Settings.Ddpo is { IsGuided: true, NegativePrompts: [var only] } && MarkdownText.IsPlainInCode(only) ? only : null;

    private long Seed => pictures.Pairs.FirstOrDefault(pair => pair.Prompt == Prompt)?.Seed ?? facts.Settings.Preview.Seed;

    public string Write() =>
        $"""
        ## How to use it

        The steps, guidance and noise below are those of the training. With [diffusers](https://huggingface.co/docs/diffusers):

        ```python
        {Python()}
        ```

        With Atelier:

        ```
        {Command()}
        ```

        A seed means other noise in diffusers than in Atelier, so only the second way gives the pictures of this page.
        {Others()}
        """;

    private string Python()
    {
        var sample = facts.Settings.Ddpo.Sample;
        var start = facts.IsLora ? baseModel ?? (facts.IsEmbedded ? $"models/{ModelLocator.EmbeddedName}" : "path/to/the/base/model") : repository;
        var comment = facts.IsLora && baseModel is null ? facts.IsEmbedded ? "  # a folder of Atelier's repository" : "  # the model that it was trained for" : "";
        return $"""
            import torch
            from diffusers import DDIMScheduler, StableDiffusionPipeline

            pipeline = StableDiffusionPipeline.from_pretrained("{start}"){comment}
            pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
            {(facts.IsLora ? $"pipeline.load_lora_weights(\"{repository}\", weight_name=\"{DiffusersFile}\")\n" : "")}image = pipeline(
                "{Prompt}",
            {(NegativePrompt is null ? "" : $"    negative_prompt=\"{NegativePrompt}\",\n")}    num_inference_steps={sample.NumSteps},
                guidance_scale={Setting.Show(sample.GuidanceScale)},
                eta={Setting.Show(sample.Eta)},
                generator=torch.Generator().manual_seed({Seed}),
            ).images[0]
            image.save("picture.png")
            """;
    }

    private string Command()
    {
        var sample = facts.Settings.Ddpo.Sample;
        var model = !facts.IsLora
            ? $"--pretrained-model {repository}"
            : $"--lora {repository}" + (baseModel is not null ? $" --pretrained-model {baseModel}" : facts.IsEmbedded ? "" : " --pretrained-model path/to/the/base/model");
        return $"atelier generate {model} --prompt \"{Prompt}\"{(NegativePrompt is null ? "" : $" --negative-prompt \"{NegativePrompt}\"")} --seed {Seed} --num-steps {sample.NumSteps} --guidance-scale {Setting.Show(sample.GuidanceScale)} --eta {Setting.Show(sample.Eta)}";
    }

    private string Others() => File.Exists(Path.Combine(facts.Folder.Final, KohyaFile))
        ? $"\nFor ComfyUI and AUTOMATIC1111, copy `{KohyaFile}` into the program's folder of LoRAs. It is the same LoRA in another layout.\n"
        : "";
}
