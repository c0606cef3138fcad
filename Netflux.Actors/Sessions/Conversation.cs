using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>
/// One session while it lives: its streams, links, channels and watch, and what each incoming frame means to them. <see cref="PeerSession"/> begins and ends it.
/// </summary>
internal sealed class Conversation
{
    private readonly SessionOptions _options;
    private readonly SessionOutput _output;
    private readonly FloodGuard _guard;
    private readonly Grants _grants;
    private OpenChannel? _outside;      // most sessions say nothing outside their networks
    private ulong _lastPing;

    public Conversation(bool decides, ulong birth, SessionOptions options, ReassemblyBudget budget, SessionOutput output, Instant now)
    {
        (_options, _output, _guard) = (options, output, new FloodGuard(options));
        Send = new SendStream(options);
        Receive = new ReceiveStream(options);
        Links = new SessionLinks(decides, options, Send, output);
        Name = new SessionName(birth);
        Watch = new LivenessWatch(options.SleptAfter, options.Liveness, now);
        _grants = new Grants(options, budget, Send);
        Attachments = new Attachments(options, output, Send, _grants);
        Invitations = new Invitations(options, output, Send);
    }

    public SendStream Send { get; }
    public ReceiveStream Receive { get; }
    public SessionLinks Links { get; }
    public SessionName Name { get; }
    public LivenessWatch Watch { get; private set; }
    public Attachments Attachments { get; }
    public Invitations Invitations { get; }

    /// <summary>The other side has ended the session in order, after everything else it sent.</summary>
    public PeerLeavingReason? RemoteEnded { get; private set; }

    public bool IsIdle => !Attachments.Any && !Invitations.Any && IsOutsideEmpty;

    public bool AllSent => Attachments.AllSent && IsOutsideEmpty;

    private bool IsOutsideEmpty => _outside is null or { Send.IsEmpty: true };

    private OpenChannel Outside =>
        _outside ??= new OpenChannel(null, 0, new SendChannel(0, _options.OutsideWindowCost, _options.ChunkBytes), new ReceiveChannel(_options.OutsideWindowCost, _options.OutsideMessageBytesMax));

    /// <summary>Of a frame that comes in: false where its network is not attached.</summary>
    private bool TryGetChannel(ushort remoteNumber, [NotNullWhen(true)] out OpenChannel? channel)
    {
        if (remoteNumber != 0) return Attachments.TryGetByRemoteNumber(remoteNumber, out channel);
        channel = Outside;
        return true;
    }

    /// <summary>Of what is said about our own frames: false where the network was detached meanwhile.</summary>
    private bool TryGetOwnChannel(ushort number, [NotNullWhen(true)] out OpenChannel? channel)
    {
        if (number != 0) return Attachments.TryGetByNumber(number, out channel);
        channel = Outside;
        return true;
    }

    private bool TryGetOpen(NetworkId? network, [NotNullWhen(true)] out OpenChannel? channel)
    {
        if (network is { } id) return Attachments.TryGetOpen(id, out channel);
        channel = Outside;
        return true;
    }

    public Instant? NextDeadline =>
        Instant.Earlier(Instant.Earlier(Watch.NextDeadline, Receive.NextDeadline),
            Instant.Earlier(Instant.Earlier(Send.Credit.NextDeadline, Attachments.NextDeadline), Instant.Earlier(Links.NextDeadline, _grants.NextDeadline)));

    // ---- Sending ----

    public bool TrySend(NetworkId? network, FrameKind kind, FrameFlags flags, ReadOnlyMemory<byte> body)
    {
        if (!TryGetOpen(network, out var channel)) return false;
        switch (kind)
        {
            case FrameKind.Message:
                channel.Send.Queue(flags & (FrameFlags.Broadcast | FrameFlags.ConfirmSoon), body);
                break;
            case FrameKind.Relay:
                ArgumentOutOfRangeException.ThrowIfGreaterThan(body.Length, MessageCost.WholeBytesMax, nameof(body));
                channel.Send.QueueRelayed(flags, body);
                break;
            case FrameKind.Control:
            case FrameKind.Graph:
            case FrameKind.TrackerRoot:
                ArgumentOutOfRangeException.ThrowIfGreaterThan(body.Length, FrameReader.ControlBytesMax, nameof(body));
                Send.Queue(new NumberedFrame(kind, flags, channel.Send.Number, body));
                return true;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "A channel carries messages, control, relayed frames, questions of graphs, and roots.");
        }
        Send.Offer(channel.Send);
        return true;
    }

    public int WriteRecord(SessionLink link, Span<byte> destination)
    {
        var writer = new RecordWriter(destination);
        if (link.IsMidFrame) link.GoOn(ref writer);
        if (!link.IsMidFrame)
        {
            var inUse = link == Links.InUse;
            // An acknowledgement travels with whatever is written anyway.
            link.WriteOwn(ref writer, Receive, withAck: inUse && (Receive.AckIsDue || (Receive.AckIsPending && Send.HasWork)));
            while (inUse && !link.IsMidFrame && writer.HasRoomForFrame && Send.TryNext(out var frame, out var sequence)) link.Begin(frame, sequence, ref writer);
        }
        link.RecordWritten(writer.Written);
        return writer.Written;
    }

    // ---- Receiving ----

    public Violation? HandleRecord(SessionLink link, ReadOnlyMemory<byte> record, Instant now)
    {
        link.HeardAt = now;
        if (Watch.Heard(now)) _output.Say(new SessionRecovered());
        _guard.BeginRecord();
        if (record.Length == 0) return _guard.OnNothingNew(now);
        while (RemoteEnded is null && link.Reader.TryTake(ref record, out var header, out var body, out var isSlice))
        {
            var violation = header.IsNumbered ? OnNumbered(link, header, body, isSlice, now) : OnUnnumbered(link, header, body.Span, now);
            if (violation is not null) return violation;
        }
        return link.Reader.Broken;
    }

    public Violation? OnAck(SessionLink link, ulong upTo, out bool isNew, Instant now)
    {
        if (Send.OnAck(upTo, out isNew) is { } violation) return violation;
        Links.OnAck(link, now);
        return null;
    }

    private Violation? OnUnnumbered(SessionLink link, FrameHeader header, ReadOnlySpan<byte> body, Instant now)
    {
        if (header.Sequence != 0) return Violation.Of("A sequence number on an unnumbered frame.");
        if (_guard.OnUnnumbered() is { } flood) return flood;
        switch (header.Kind)
        {
            case FrameKind.Ack:
                if (!NumberBody.TryParse(body, out var upTo)) return Malformed(header);
                return OnAck(link, upTo, out var isNew, now) ?? (isNew ? null : _guard.OnNothingNew(now));
            case FrameKind.Ping:
                if (!NumberBody.TryParse(body, out var id)) return Malformed(header);
                link.Pong(id);
                return _guard.OnNothingNew(now);
            case FrameKind.Pong:
                return NumberBody.TryParse(body, out _) ? _guard.OnNothingNew(now) : Malformed(header);
            case FrameKind.Refused:
                return RefusedFrame.TryParse(body, out _) ? _guard.OnNothingNew(now) : Malformed(header);
            default:
                return OnUnknown(link, header.Kind) ?? _guard.OnNothingNew(now);
        }
    }

    private Violation? OnNumbered(SessionLink link, FrameHeader header, ReadOnlyMemory<byte> body, bool isSlice, Instant now)
    {
        if (Receive.OnFrame(header.Sequence, FrameHeader.Size + body.Length, now, out var isNew) is { } gap) return gap;
        if (!isNew) return null;
        switch (header.Kind)
        {
            case FrameKind.Message:
            case FrameKind.MessageStart:
            case FrameKind.MessageChunk:
            case FrameKind.Control:
            case FrameKind.Relay:
            case FrameKind.Graph:
            case FrameKind.TrackerRoot:
                return OnChannelFrame(header, body, isSlice, now);
            case FrameKind.Attach:
                return AttachFrame.TryParse(body.Span, out var attach) ? _guard.OnAsk(now) ?? Attachments.OnAttach(attach!, now) : Malformed(header);
            case FrameKind.AttachRefused:
                return AttachRefusedFrame.TryParse(body.Span, out var refused) ? Attachments.OnRefused(refused) : Malformed(header);
            case FrameKind.Detach:
                if (!DetachFrame.TryParse(body.Span, out var detach)) return Malformed(header);
                Attachments.OnDetach(detach, now);
                return null;
            case FrameKind.Credit:
                return CreditFrame.TryParse(body.Span, out var credit) ? OnCredit(credit) : Malformed(header);
            case FrameKind.MessageGrant:
                return MessageGrantFrame.TryParse(body.Span, out var grant) ? OnGrant(grant) : Malformed(header);
            case FrameKind.JoinRequest:
                return JoinRequestBody.TryParse(body.Span, _options.InvitationBytesMax, out var request) ? _guard.OnAsk(now) ?? Invitations.OnRequest(request!) : Malformed(header);
            case FrameKind.JoinAnswer:
                if (!JoinAnswerBody.TryParse(body.Span, out var answer)) return Malformed(header);
                Invitations.OnAnswer(answer!);
                return null;
            case FrameKind.End:
                if (!SessionEndFrame.TryParse(body.Span, out var end)) return Malformed(header);
                RemoteEnded = end.Reason;
                return null;
            default:
                return OnUnknown(link, header.Kind);
        }
    }

    private Violation? OnChannelFrame(FrameHeader header, ReadOnlyMemory<byte> body, bool isSlice, Instant now)
    {
        // Frames of a network that is not attached are dropped (DESIGN §5): they were sent before our Detach arrived.
        if (!TryGetChannel(header.Channel, out var channel)) return null;
        switch (header.Kind)
        {
            case FrameKind.Message:
                if (channel.Receive.OnMessage(header.Flags, body.Length) is { } beyond) return beyond;
                break;
            case FrameKind.MessageStart:
                if (!NumberBody.TryParse(body.Span, out var size)) return Malformed(header);
                if (channel.Receive.OnStart(header.Flags, size) is { } refused) return refused;
                _grants.OnStart(channel, now);
                return null;
            case FrameKind.MessageChunk:
                var flags = channel.Receive.Reassembly?.Flags ?? FrameFlags.None;
                if (channel.Receive.OnChunk(body.Span, header.Flags.HasFlag(FrameFlags.Last), now, out var whole) is { } violation) return violation;
                if (whole is null) return null;
                _grants.OnComplete(channel);
                _output.Deliver(channel.Network, new ReceivedFrame(FrameKind.Message, flags, whole));
                return null;
        }
        _output.Deliver(channel.Network, new ReceivedFrame(header.Kind, header.Flags, isSlice ? Keep(body) : body));
        return null;
    }

    private Violation? OnCredit(CreditFrame credit)
    {
        if (!TryGetOwnChannel(credit.Channel, out var channel)) return null;
        if (channel.Send.OnCredit(credit.MessagesConsumed, credit.CostConsumed) is { } violation) return violation;
        Send.Offer(channel.Send);
        if (!channel.IsClosed && (channel.Network is not { } network || Attachments.TryGetOpen(network, out _)))
            _output.Say(new ChannelCredit(channel.Network, credit.MessagesConsumed, credit.CostConsumed));
        return null;
    }

    private Violation? OnGrant(MessageGrantFrame grant)
    {
        if (!TryGetOwnChannel(grant.Channel, out var channel)) return null;
        if (channel.Send.OnGrant(grant.Message) is { } violation) return violation;
        Send.Offer(channel.Send);
        return null;
    }

    private Violation? OnUnknown(SessionLink link, FrameKind kind)
    {
        if (kind.HasFlag(FrameKind.Ignorable)) return null;
        link.Refuse(kind);
        return _guard.OnRefused();
    }

    private static Violation Malformed(FrameHeader header) => Violation.Of($"A malformed {header.Kind} frame.");

    // A record is up to 64 KiB and the owner may keep a message for long: a slice of 4 KiB or more pins at most sixteen times its size, a smaller one is copied.
    private static ReadOnlyMemory<byte> Keep(ReadOnlyMemory<byte> body) => body.Length < 4 << 10 ? body.ToArray() : body;

    // ---- Consumption, time, end ----

    public void HandleConsume(ConsumeMessages consume, Instant now)
    {
        if (!TryGetOpen(consume.Network, out var channel)) return;
        var (released, confirmSoon) = channel.Receive.Consume(consume.UpTo);
        Send.Credit.OnConsumed(channel, confirmSoon, now);
        _grants.Release(released, now);
    }

    /// <summary>Tells the owners of relayed frames that theirs have arrived.</summary>
    public void TellRelayedArrived()
    {
        while (Send.TryTakeRelayedArrived(out var number))
        {
            if (Attachments.TryGetByNumber(number, out var channel) && channel.Network is { } network) _output.Say(new RelayedFrameArrived(network));
        }
    }

    public void PingAll(Instant now) => Links.Ping(++_lastPing, Watch.Timing.SuspectAfter, now);

    public void RetimeWatch(Instant now)
    {
        var timing = Attachments.Liveness ?? _options.Liveness;
        if (timing != Watch.Timing) Watch.Tighten(timing, now);
    }

    public Violation? HandleDeadline(Instant now)
    {
        Receive.HandleDeadline(now);
        Send.Credit.HandleDeadline(now);
        Attachments.HandleDeadline(now);
        Links.Settle(now);
        return _grants.HandleDeadline(now);
    }

    /// <summary>Time is over for what waits: it is forgotten, so that the last word can go.</summary>
    public void DropQueues()
    {
        Attachments.DropQueues();
        _outside?.Send.Drop();
    }

    public void Close(PeerLeavingReason reason, Instant now)
    {
        Attachments.CloseAll(reason, now);
        if (_outside is { } outside) _grants.Close(outside, now);
        Invitations.CloseAll();
    }
}
