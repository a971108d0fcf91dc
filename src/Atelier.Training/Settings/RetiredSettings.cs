namespace Atelier.Training.Settings;

/// <summary>TRL's options that did nothing there, or that mean nothing here, and what takes their place.</summary>
internal static class RetiredSettings
{
    private static readonly Dictionary<string, string> Replacements = new(StringComparer.Ordinal)
    {
        ["logdir"] = "use output_folder: every run has a folder of its own in it, with logs and events",
        ["exp_name"] = "use run_name",
        ["tracker_project_name"] = "use output_folder and run_name: they name the folder that holds the events",
        ["tracker_kwargs"] = "use log_with and run_name: trackers need no other arguments",
        ["accelerator_kwargs"] = "use device, threads and mixed_precision",
        ["project_kwargs"] = "use output_folder, save_freq and num_checkpoint_limit",
        ["train_use_8bit_adam"] = "leave it out: the optimiser's state is kept in 32 bits; use_lora keeps it small",
        ["hf_user_access_token"] = "set HF_TOKEN, or give --token on the command line: a token has no place in a file of settings",
        ["hf_hub_aesthetic_model_id"] = "leave it out: the aesthetic reward is not there yet",
        ["hf_hub_aesthetic_model_filename"] = "leave it out: the aesthetic reward is not there yet",
        ["world_size"] = "leave it out: it is counted, not chosen",
        ["num_updates"] = "use num_epochs",
    };

    /// <summary>Says what to use in place of an option of TRL that doesn't exist here; null for every other name.</summary>
    public static string? Explain(string name) => Replacements.GetValueOrDefault(name);
}
