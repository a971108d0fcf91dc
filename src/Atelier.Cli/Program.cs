using System.Runtime.InteropServices;
using Atelier.Cli;

using CancellationTokenSource stop = new();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

return await CliApplication.RunAsync(args, CliEnvironment.FromProcess(), cancellationToken: stop.Token);

// The first signal asks the command to come to an end, the second one ends the process.
void Stop(PosixSignalContext context)
{
    context.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
