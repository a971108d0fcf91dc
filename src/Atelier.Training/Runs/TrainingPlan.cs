using Atelier.Diffusion.Tensors;
using Atelier.Training.Ddpo;
using Atelier.Training.Rollouts;
using Atelier.Training.Settings;
using static TorchSharp.torch;

namespace Atelier.Training.Runs;

/// <summary>Holds a run that can start: everything that its settings name has been found, nothing has been read or written.</summary>
public sealed record TrainingPlan
{
    /// <summary>Gets the settings; <see cref="DdpoConfig.RunName"/> is the run's folder's.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>Gets the model to start from.</summary>
    public required ModelSource Model { get; init; }

    /// <summary>Gets the run's folder.</summary>
    public required RunFolder Folder { get; init; }

    /// <summary>Gets where an earlier run goes on; null for a new run.</summary>
    public ResumePoint? ResumeFrom { get; init; }

    /// <summary>Gets the trained prompts.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>Gets the prompts on which the reward is measured without training on them; may be empty.</summary>
    public required IReadOnlyList<string> HeldOutPrompts { get; init; }

    /// <summary>Finds everything that is wrong with a request, as far as it can be said without the hub and before any weight is read. Whether the run can begin is for <see cref="RunStart.Find"/> to say.</summary>
    /// <param name="settings">The settings.</param>
    /// <returns>One sentence for each complaint.</returns>
    public static IReadOnlyList<string> Problems(RunSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);

        List<string> found = [.. settings.Problems()];
        found.AddRange(ModelSource.Problems(new ModelRequest { Model = settings.PretrainedModel }));
        if (ModelLocator.Find(settings.PretrainedModel) is { } model)
        {
            found.AddRange(RewardProblems(settings, model));
        }

        return found;
    }

    /// <summary>Makes the plan of a request without <see cref="Problems"/>.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="start">Where the run begins.</param>
    /// <param name="model">The model that <see cref="RunStart.NameModel"/> led to.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ArgumentException">There are problems; the message has them all.</exception>
    public static TrainingPlan Create(RunSettings settings, RunStart start, ModelSource model)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(model);
        List<string> problems = [.. Problems(settings).Union(RewardProblems(settings, model.Folder), StringComparer.Ordinal)];
        if (model.Lora is not null)
        {
            problems.Add($"pretrained_model: {settings.PretrainedModel} is a LoRA; a run starts from a whole model, such as the one it was made for: {model.Name}");
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(settings));
        }

        return new TrainingPlan
        {
            Settings = settings with { Ddpo = settings.Ddpo with { RunName = start.Folder.Name } },
            Model = model,
            Folder = start.Folder,
            ResumeFrom = start.ResumeFrom,
            Prompts = Rollouts.Prompts.Read(settings.Prompts),
            HeldOutPrompts = FindPrompts(settings.Evaluation.Prompts),
        };
    }

    /// <summary>Finds the device and the number format that the settings ask for.</summary>
    /// <returns>Where the networks go.</returns>
    /// <exception cref="ArgumentException">The device is not available.</exception>
    public Placement Place()
    {
        var device = Placement.Parse(Settings.Device).Device;
        var isGpu = device.type == TorchSharp.DeviceType.CUDA;
        var precision = Settings.Ddpo.ResolveMixedPrecision(isGpu);
        return new Placement(device, precision switch
        {
            MixedPrecision.Fp16 => ScalarType.Float16,
            MixedPrecision.Bf16 => ScalarType.BFloat16,
            _ => ScalarType.Float32,
        });
    }

    /// <summary>Makes the function that gives each image its prompt.</summary>
    /// <returns>The function; with one negative prompt for each prompt it gives that one too.</returns>
    public PromptFunction CreatePromptFunction()
    {
        var prompts = Rollouts.Prompts.FromList(Prompts, Settings.PromptOrder, Settings.Ddpo.NegativePrompts.Count > 1 ? Settings.Ddpo.NegativePrompts : null);
        if (Settings.Ddpo.NegativePrompts.Count <= 1)
        {
            return prompts;
        }

        return request =>
        {
            var sample = prompts(request);
            return sample with { NegativePrompt = NegativePromptOf(sample.Prompt) };
        };
    }

    /// <summary>Finds what guidance leads away from for a prompt.</summary>
    /// <param name="prompt">The prompt, trained or not.</param>
    /// <returns>Its own negative prompt where each trained one has one, else the only or first one.</returns>
    public string NegativePromptOf(string prompt)
    {
        var negatives = Settings.Ddpo.NegativePrompts;
        var index = negatives.Count > 1 ? Prompts.ToList().IndexOf(prompt) : 0;
        return negatives.Count == 0 ? "" : negatives[Math.Max(0, index)];
    }

    private static IReadOnlyList<string> RewardProblems(RunSettings settings, string modelFolder)
    {
        string[] prompts = [.. FindPrompts(settings.Prompts), .. FindPrompts(settings.Evaluation.Prompts), .. settings.Preview.Prompts];
        return RewardCatalogue.IsKnown(settings.Reward) ? [.. RewardCatalogue.Problems(settings.Reward, modelFolder, prompts)] : [];
    }

    // What is wrong with a prompt file is RunSettings' to say.
    private static IReadOnlyList<string> FindPrompts(string nameOrFile)
    {
        try
        {
            return nameOrFile.Length == 0 ? [] : Rollouts.Prompts.Find(nameOrFile) ?? [];
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
