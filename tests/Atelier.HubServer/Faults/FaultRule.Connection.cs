namespace Atelier.Testing;

/// <content>Faults of the connection: cuts, silence, slowness.</content>
public sealed partial class FaultRule
{
    internal FaultEnding Ending { get; private set; }

    /// <summary>After how many bytes of the body the connection ends; null for before the answer's first byte.</summary>
    internal long? CutAfter { get; private set; }

    /// <summary>After how many bytes of the request's body the connection ends.</summary>
    internal long? CutWhileReading { get; private set; }

    /// <summary>Whether the request is carried out before the connection ends.</summary>
    internal bool IsCarriedOut { get; private set; } = true;

    internal TimeSpan? Delay { get; private set; }

    internal Transmission Transmission { get; private set; } = Transmission.Normal;

    /// <summary>Ends the connection with a TCP reset after the head and some bytes of the body.</summary>
    /// <param name="bodyBytes">How many bytes.</param>
    /// <returns>This rule.</returns>
    public FaultRule ResetAfter(long bodyBytes) => Cut(FaultEnding.Reset, bodyBytes);

    /// <summary>Closes the connection cleanly after the head, which announces the whole body, and some bytes of the body.</summary>
    /// <param name="bodyBytes">How many bytes.</param>
    /// <returns>This rule.</returns>
    public FaultRule CloseAfter(long bodyBytes) => Cut(FaultEnding.Close, bodyBytes);

    /// <summary>Ends the connection with a TCP reset instead of an answer; the request is not carried out.</summary>
    /// <returns>This rule.</returns>
    public FaultRule Reset()
    {
        IsCarriedOut = false;
        return Cut(FaultEnding.Reset, null);
    }

    /// <summary>Carries the request out, and then ends the connection with a TCP reset instead of an answer.</summary>
    /// <returns>This rule.</returns>
    public FaultRule LoseAnswer() => Cut(FaultEnding.Reset, null);

    /// <summary>Carries the request out, and then closes the connection cleanly instead of an answer.</summary>
    /// <returns>This rule.</returns>
    public FaultRule CloseWithoutAnswer() => Cut(FaultEnding.Close, null);

    /// <summary>Ends the connection with a TCP reset while the request's body is read; the request is not carried out.</summary>
    /// <param name="bodyBytes">After how many bytes of it.</param>
    /// <returns>This rule.</returns>
    public FaultRule ResetWhileReading(long bodyBytes)
    {
        CutWhileReading = bodyBytes;
        return Reset();
    }

    /// <summary>Stops reading the request's body, with the connection open, for ever; the request is not carried out.</summary>
    /// <param name="bodyBytes">After how many bytes of it.</param>
    /// <returns>This rule.</returns>
    public FaultRule StallWhileReading(long bodyBytes) => ResetWhileReading(bodyBytes).WaitBeforeAnswer(Timeout.InfiniteTimeSpan);

    /// <summary>Waits before the answer; the request has been carried out.</summary>
    /// <param name="time">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>This rule.</returns>
    public FaultRule WaitBeforeAnswer(TimeSpan time)
    {
        Delay = time;
        return this;
    }

    /// <summary>Is silent after some bytes of the body, with the connection open.</summary>
    /// <param name="bodyBytes">How many bytes; 0 for after the head.</param>
    /// <param name="time">How long, and then goes on; without it, for ever.</param>
    /// <returns>This rule.</returns>
    public FaultRule SilentAfter(long bodyBytes, TimeSpan? time = null)
    {
        Transmission = Transmission with { PauseAfter = bodyBytes, Pause = time };
        return this;
    }

    /// <summary>Sends the body slowly.</summary>
    /// <param name="bytes">Bytes at a time.</param>
    /// <param name="interval">The time between two of them.</param>
    /// <returns>This rule.</returns>
    public FaultRule Drip(int bytes, TimeSpan interval)
    {
        Transmission = Transmission with { DripSize = bytes, DripInterval = interval };
        return this;
    }

    private FaultRule Cut(FaultEnding ending, long? after)
    {
        Ending = ending;
        CutAfter = after;
        return this;
    }
}
