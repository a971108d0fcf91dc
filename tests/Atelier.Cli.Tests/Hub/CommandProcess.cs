using System.Diagnostics;

namespace Atelier.Tests.Hub;

/// <summary>A command that runs as a process of its own.</summary>
internal sealed class CommandProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private CommandProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    public bool HasExited => _process.HasExited;

    public static CommandProcess Start(string file, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string> variables)
    {
        // A test run in the background of a shell ignores SIGINT, and its children would with it.
        IReadOnlyList<string> words = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", file, .. arguments] : [file, .. arguments];
        ProcessStartInfo start = new(words[0], words.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = folder };
        start.Environment.Clear();
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return new CommandProcess(Process.Start(start)!);
    }

    public void Kill() => _process.Kill();

    /// <summary>Sends what Ctrl-C sends.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public async Task<CommandResult> EndAsync()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(2));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException late)
        {
            _process.Kill();
            throw new TimeoutException($"The command does not end.\n{await _output}\n{await _errors}", late);
        }

        return new CommandResult(_process.ExitCode, await _output, await _errors);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
