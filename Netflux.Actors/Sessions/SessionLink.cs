using Netflux.Core;
using Netflux.Links;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>One proven link of a session: what belongs to it alone. A frame may begin in one record and go on in the next of the same link.</summary>
internal sealed class SessionLink(LinkProven proven, Instant now)
{
    private readonly Ring<FrameKind> _refused = new();
    private NumberedFrame _frame;   // the frame that is being written…
    private ulong _sequence;        // …its number…
    private int _written;           // …and how much of its body has been; below 0 where not even its header has
    private ulong? _ping;
    private ulong? _pong;
    private ResumeFrame? _resume;

    public LinkId Id => proven.Link;
    public LinkProven Proven => proven;
    public Instant ProvenAt { get; } = now;
    public Instant HeardAt { get; set; } = now;
    public int RecordBytesMax => proven.RecordBytesMax;
    public FrameReader Reader { get; } = new();

    /// <summary>Both Resumes were exchanged: frames may flow.</summary>
    public bool IsAgreed { get; set; }

    /// <summary>The link has carried an acknowledgement: it is proven to work both ways.</summary>
    public bool HasCarriedAck { get; set; }

    /// <summary>An acknowledgement is to go by this very link.</summary>
    public bool OwesAck { get; set; }

    /// <summary>Written and not yet passed on.</summary>
    public long InFlight { get; private set; }

    public bool IsMidFrame { get; private set; }

    /// <summary>Something of the link's own is to be written.</summary>
    public bool HasWork => IsMidFrame || _resume is not null || (IsAgreed && (OwesAck || _ping is not null || _pong is not null || _refused.Count > 0));

    public void Resume(ResumeFrame frame) => _resume = frame;
    public void Ping(ulong id) => _ping = id;
    public void Pong(ulong id) => _pong = id;
    public void Refuse(FrameKind kind) => _refused.Enqueue(kind);

    public void HandleWritten(int bytes) => InFlight = Math.Max(0, InFlight - bytes);

    /// <summary>Room for one more record. One is always allowed, however large.</summary>
    public bool HasRoom(int bytesMax) => InFlight == 0 || InFlight + RecordBytesMax <= bytesMax;

    public void RecordWritten(int bytes) => InFlight += bytes;

    /// <summary>
    /// Begins a numbered frame. One that fits into a record but not behind what this one holds begins the next, so that the receiver takes it as a slice;
    /// of one that fits into none, the rest goes on in the next.
    /// </summary>
    public void Begin(in NumberedFrame frame, ulong sequence, ref RecordWriter writer)
    {
        (_frame, _sequence, _written) = (frame, sequence, -1);
        IsMidFrame = frame.Size <= writer.Capacity && frame.Size > writer.Free;
        if (!IsMidFrame) GoOn(ref writer);
    }

    public void GoOn(ref RecordWriter writer)
    {
        if (_written < 0)
        {
            writer.WriteHeader(new FrameHeader(_frame.Kind, _frame.Flags, _frame.Channel, _frame.Body.Length, _sequence));
            _written = 0;
        }
        _written += writer.WriteSome(_frame.Body.Span[_written..]);
        IsMidFrame = _written < _frame.Body.Length;
        if (!IsMidFrame) _frame = default;
    }

    /// <summary>The unnumbered frames: Resume before all others, then acknowledgement, ping, pong.</summary>
    public void WriteOwn(ref RecordWriter writer, ReceiveStream receive, bool withAck)
    {
        if (_resume is { } resume && writer.TryWriteWhole(FrameKind.Resume, resume.ToBytes())) _resume = null;
        if (!IsAgreed || _resume is not null) return;
        if ((OwesAck || withAck) && writer.TryWriteWhole(FrameKind.Ack, receive.ReceivedUpTo))
        {
            OwesAck = false;
            receive.AckWritten();
        }
        if (_ping is { } ping && writer.TryWriteWhole(FrameKind.Ping, ping)) _ping = null;
        if (_pong is { } pong && writer.TryWriteWhole(FrameKind.Pong, pong)) _pong = null;
        while (_refused.Count > 0 && writer.TryWriteWhole(FrameKind.Refused, new RefusedFrame(_refused[0]).ToBytes())) _refused.Dequeue();
    }
}
