using Netflux.Links;
using Netflux.Sessions;
using Netflux.Wire;

namespace Netflux.Simulation.Mutations;

/// <summary>Bugs in the frames of sessions: what a session wrote is taken apart by the production reader, changed, and put together again.</summary>
internal abstract class AltersFrames : Mutation
{
    private readonly Dictionary<(int From, int To, LinkId Link), FrameReader> _readers = [];

    /// <summary>What goes out in a frame's place; null: nothing.</summary>
    protected abstract (FrameHeader Header, ReadOnlyMemory<byte> Body)? Alter((int From, int To) pair, LinkId link, FrameHeader header, ReadOnlyMemory<byte> body);

    public override byte[] Alter(int from, int to, LinkId link, ReadOnlySpan<byte> record)
    {
        if (!_readers.TryGetValue((from, to, link), out var reader)) reader = _readers[(from, to, link)] = new FrameReader();
        ReadOnlyMemory<byte> rest = record.ToArray();
        List<byte> written = [];
        while (reader.TryTake(ref rest, out var header, out var body, out _))
        {
            if (Alter((from, to), link, header, body) is not { } altered) continue;
            var bytes = new byte[FrameHeader.Size];
            (altered.Header with { Length = altered.Body.Length }).Write(bytes);
            written.AddRange(bytes);
            written.AddRange(altered.Body.Span);
        }
        return [.. written];
    }
}

/// <summary>What was written to a link that is gone is not written to the next.</summary>
internal sealed class ForgetsRetransmissions : AltersFrames
{
    private readonly Dictionary<(int, int), (LinkId Link, ulong Highest)> _written = [];

    protected override (FrameHeader Header, ReadOnlyMemory<byte> Body)? Alter((int From, int To) pair, LinkId link, FrameHeader header, ReadOnlyMemory<byte> body)
    {
        if (!header.IsNumbered) return (header, body);
        var known = _written.TryGetValue(pair, out var written);
        if (known && written.Link != link && header.Sequence <= written.Highest) return null;
        _written[pair] = (link, header.Sequence);
        return (header, body);
    }
}

internal sealed class ReusesSequenceNumbers : AltersFrames
{
    private int _frames;

    protected override (FrameHeader Header, ReadOnlyMemory<byte> Body)? Alter((int From, int To) pair, LinkId link, FrameHeader header, ReadOnlyMemory<byte> body) =>
        (header.IsNumbered && header.Sequence > 1 && ++_frames % 50 == 0 ? header with { Sequence = header.Sequence - 1 } : header, body);
}

internal sealed class ForgetsAcknowledgements : AltersFrames
{
    protected override (FrameHeader Header, ReadOnlyMemory<byte> Body)? Alter((int From, int To) pair, LinkId link, FrameHeader header, ReadOnlyMemory<byte> body) =>
        header.Kind == FrameKind.Ack ? null : (header, body);
}

/// <summary>Says on a new link that one frame more has come than has.</summary>
internal sealed class ResumesTooLate : AltersFrames
{
    protected override (FrameHeader Header, ReadOnlyMemory<byte> Body)? Alter((int From, int To) pair, LinkId link, FrameHeader header, ReadOnlyMemory<byte> body) =>
        header.Kind == FrameKind.Resume && ResumeFrame.TryParse(body.Span, out var resume) && resume.ReceivedUpTo > 0
            ? (header, (resume with { ReceivedUpTo = resume.ReceivedUpTo + 1 }).ToBytes())
            : (header, body);
}

/// <summary>Every so many frames that a session delivers, something happens to one.</summary>
internal sealed class AltersDeliveries(Func<List<ReceivedFrame>, List<ReceivedFrame>> alter) : Mutation
{
    private const int Every = 40;
    private int _deliveries;

    public override SessionInstruction? Alter(SessionInstruction instruction) =>
        instruction is ChannelFrames frames && ++_deliveries % Every == 0 ? frames with { Frames = alter(frames.Frames) } : instruction;
}

internal sealed class TellsSessionNo<T> : Mutation where T : SessionFact
{
    public override SessionFact? Alter(SessionFact fact) => fact is T ? null : fact;
}
