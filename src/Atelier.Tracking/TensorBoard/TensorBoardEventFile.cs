using System.Buffers.Binary;
using System.Globalization;

namespace Atelier.Tracking;

/// <summary>Writes the events of one TensorBoard file.</summary>
/// <remarks>
/// An event is a TFRecord: its length (8 bytes, little-endian), the length's masked checksum (4), the event, the event's masked checksum (4).
/// Field numbers of the event: tensorflow/core/util/event.proto.
/// </remarks>
internal sealed class TensorBoardEventFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly TimeProvider _clock;

    /// <summary>Creates a new file in a folder, with the version that opens every event file.</summary>
    public TensorBoardEventFile(string folder, TimeProvider clock)
    {
        _clock = clock;
        _stream = Create(folder, clock.GetUtcNow().ToUnixTimeSeconds());
        WriteEvent(Stamp(step: 0).Add(3, "brain.Event:2"));
    }

    /// <summary>Writes the mark of a restart, at which TensorBoard forgets what earlier files say about this step and later ones.</summary>
    public void WriteRestart(long step) => WriteEvent(Stamp(step).Add(7, new ProtobufMessage().Add(1, 1L)));

    /// <summary>Writes values of one step as one event.</summary>
    public void WriteSummary(long step, IEnumerable<ProtobufMessage> values)
    {
        var summary = new ProtobufMessage();
        foreach (var value in values)
        {
            summary.Add(1, value);
        }

        if (!summary.Bytes.IsEmpty)
        {
            WriteEvent(Stamp(step).Add(5, summary));
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    // Runs that start in the same second get a number each; TensorBoard reads a folder's files in the order of their names.
    private static FileStream Create(string folder, long seconds)
    {
        Directory.CreateDirectory(folder);
        var name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{seconds}.{Environment.MachineName}");
        for (var number = 0; ; number++)
        {
            var path = Path.Combine(folder, number == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}.{number}"));
            try
            {
                return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            }
            catch (IOException) when (File.Exists(path))
            {
            }
        }
    }

    private ProtobufMessage Stamp(long step) => new ProtobufMessage()
        .Add(1, (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds)
        .Add(2, step);

    // One write an event: a reader that follows the file, or a crash, sees whole records or one torn tail.
    private void WriteEvent(ProtobufMessage message)
    {
        var bytes = message.Bytes;
        var record = new byte[bytes.Length + 16];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Crc32C.ComputeMasked(record.AsSpan(0, 8)));
        bytes.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + bytes.Length), Crc32C.ComputeMasked(bytes));
        _stream.Write(record);
        _stream.Flush();
    }
}
