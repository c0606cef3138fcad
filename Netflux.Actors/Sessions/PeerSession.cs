using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>
/// Everything between this process and one remote peer (DESIGN §5): nothing lost, nothing doubled, order kept, whatever happens to links. It outlives its
/// sessions: one ends when the peer restarts, leaves or is silent too long, and the next proven link begins another.
/// </summary>
internal sealed class PeerSession(PeerId self, Func<Incarnation> selfIncarnation, PeerId remote, SessionOptions options, ReassemblyBudget processBudget)
    : IProtocolCore<SessionFact, SessionInstruction>
{
    private readonly SessionOutput _output = new();
    private readonly List<AttachNetwork> _wanted = [];   // attached while there is no session
    private readonly bool _decides = self < remote;
    private Conversation? _conversation;
    private Ending? _ending;
    private Incarnation? _newestSeen;
    private bool _keepOpen;
    private bool _linkWanted;
    private bool _finding;
    private Instant _idleSince;

    /// <summary>The session ends in order: what waits goes first, until <paramref name="DropAt"/>; the other side has until <paramref name="Until"/> to say that all arrived.</summary>
    private sealed record Ending(PeerLeavingReason Reason, Instant DropAt, Instant Until, bool Dropped);

    public Instant? NextDeadline
    {
        get
        {
            if (_conversation is not { } conversation) return null;
            var own = _ending is { } ending ? ending.Dropped ? ending.Until : ending.DropAt : IsIdle ? _idleSince + options.IdleLinger : (Instant?)null;
            return Instant.Earlier(conversation.NextDeadline, own);
        }
    }

    public bool TryTake([NotNullWhen(true)] out SessionInstruction? instruction) => _output.TryTake(out instruction);

    /// <summary>What is kept for the other side until it says that it has it: for those who watch its limits.</summary>
    public SessionLoad Load => _conversation?.Send.Load ?? default;

    public void Handle(SessionFact fact, Instant now)
    {
        switch (fact)
        {
            case LinkProven proven: HandleProven(proven, now); break;
            case LinkLost lost: HandleLost(lost, now); break;
            case LinkWritten written: _conversation?.Links.Find(written.Link)?.HandleWritten(written.Bytes); break;
            case AttachNetwork attach: HandleAttach(attach); break;
            case RefuseAttach refuse: _conversation?.Attachments.HandleRefuse(refuse); break;
            case DetachNetwork detach:
                _wanted.RemoveAll(wanted => wanted.Network == detach.Network);
                _conversation?.Attachments.HandleDetach(detach, now);
                break;
            case ConsumeMessages consume: _conversation?.HandleConsume(consume, now); break;
            case KeepOpen keep:
                (_keepOpen, _linkWanted) = (keep.Keep, keep.Keep && _conversation is null);
                break;
            case OfferInvitation offer: HandleOffer(offer); break;
            case AnswerInvitation answer: _conversation?.Invitations.HandleAnswer(answer); break;
            case EndSession end: BeginEnding(end.Reason, now); break;
            default: throw new ArgumentOutOfRangeException(nameof(fact), fact, "A fact without a case.");
        }
        Settle(now);
    }

    /// <summary>Queues a frame of a channel (network null: channel 0). False if the channel is not open: the frame is dropped.</summary>
    public bool TrySend(NetworkId? network, FrameKind kind, FrameFlags flags, ReadOnlyMemory<byte> body, Instant now)
    {
        if (_conversation is not { } conversation || _ending is not null || !conversation.TrySend(network, kind, flags, body)) return false;
        if (network is null) _idleSince = now;
        if (conversation.Send.IsOverflowing) End(PeerLeavingReason.TooSlow, CloseCode.NotReading, "More waits to be sent than the limits allow.", now);
        return true;
    }

    /// <summary>A link with something to be written now, and the size of its records.</summary>
    public bool TryGetWritableLink(out LinkId link, out int recordBytesMax)
    {
        var writable = _conversation?.Links.FindWritable(_conversation.Receive);
        (link, recordBytesMax) = (writable?.Id ?? default, writable?.RecordBytesMax ?? 0);
        return writable is not null;
    }

    /// <summary>Writes one record: as many frames as fit, and a part of the next. 0: nothing is to be written.</summary>
    public int WriteRecord(LinkId link, Span<byte> destination, Instant now)
    {
        if (_conversation?.Links.Find(link) is not { } found) return 0;
        var written = _conversation.WriteRecord(found, destination);
        Settle(now);
        return written;
    }

    /// <summary>One opened record of a link. Slices of it may be kept.</summary>
    public void HandleRecord(LinkId link, ReadOnlyMemory<byte> record, Instant now)
    {
        var found = _conversation?.Links.Find(link);
        if (found is null) return;
        if (!found.IsAgreed)
        {
            found = OnResume(found, ref record, now);
            if (found is null || record.Length == 0)
            {
                Settle(now);
                return;
            }
        }
        var conversation = _conversation!;
        if (conversation.HandleRecord(found, record, now) is { } violation) CutOff(violation, now);
        else if (conversation.RemoteEnded is { } reason) End(_ending?.Reason ?? reason, CloseCode.Done, "The session has ended.", now);
        Settle(now);
    }

    public void HandleDeadline(Instant now)
    {
        if (_conversation is not { } conversation) return;
        if (conversation.HandleDeadline(now) is { } violation)
        {
            CutOff(violation, now);
            Settle(now);
            return;
        }
        switch (conversation.Watch.HandleDeadline(now))
        {
            case SilenceVerdict.Ping:
                conversation.PingAll(now);
                break;
            case SilenceVerdict.Suspect:
                _output.Say(new SessionSuspected());
                conversation.PingAll(now);
                break;
            case SilenceVerdict.GiveUp:
                End(_ending?.Reason ?? PeerLeavingReason.ConnectionLost, CloseCode.Lost, "Nothing was heard for too long.", now);
                break;
        }
        if (_conversation is not null && _ending is null && IsIdle && now >= _idleSince + options.IdleLinger) BeginEnding(PeerLeavingReason.Left, now);
        Settle(now);
    }

    // ---- Links ----

    private void HandleProven(LinkProven proven, Instant now)
    {
        if (proven.RemoteIncarnation < _newestSeen)
        {
            _output.Say(new CloseLink(proven.Link, CloseCode.Replaced, "A newer incarnation of this peer is known here.", _newestSeen));
            return;
        }
        if (proven.RemoteIncarnation > _newestSeen) End(PeerLeavingReason.Restarted, CloseCode.Done, "The peer has restarted.", now);
        _newestSeen = proven.RemoteIncarnation;
        if (_conversation is null) Begin(proven, now);
        AddLink(new SessionLink(proven, now), now);
    }

    private void AddLink(SessionLink link, Instant now)
    {
        var conversation = _conversation!;
        conversation.Links.Add(link);
        if (conversation.Watch.Heard(now)) _output.Say(new SessionRecovered());
        if (!_decides) link.Resume(conversation.Name.Offer(conversation.Receive.ReceivedUpTo));
    }

    private void HandleLost(LinkLost lost, Instant now)
    {
        if (lost is { Code: CloseCode.Replaced, SeenIncarnation: { } seen } && seen > selfIncarnation()) _output.Say(new SelfReplaced(seen));
        if (_conversation is not { } conversation || !conversation.Links.HandleLost(lost.Link)) return;
        // The other side closes the link in order once it has read our last word.
        if (_ending is { } ending && lost.Code == CloseCode.Done && conversation.Send.FarewellWritten && !conversation.Links.Any)
            End(ending.Reason, CloseCode.Done, "The session has ended.", now);
    }

    /// <summary>The first frame of a link. Null if there is nothing to go on with.</summary>
    private SessionLink? OnResume(SessionLink link, ref ReadOnlyMemory<byte> record, Instant now)
    {
        var taken = link.Reader.TryTake(ref record, out var header, out var body, out _);
        if (taken && header.Kind == FrameKind.Close && CloseMessage.TryParseBody(body.Span, out var close))
        {
            // The other side knows a newer incarnation of ours, or does not want this link; it says so before anything else.
            HandleLost(new LinkLost(link.Id, close.Code, close.Text, close.SeenIncarnation), now);
            _output.Say(new CloseLink(link.Id, close.Code, close.Text));
            return null;
        }
        if (!taken || header.Kind != FrameKind.Resume || !ResumeFrame.TryParse(body.Span, out var resume))
        {
            CutOff(link.Reader.Broken ?? Violation.Of("Resume comes first."), now);
            return null;
        }
        return _decides ? OnOffer(link, resume, now) : OnAnswer(link, resume, now);
    }

    private SessionLink? OnOffer(SessionLink link, ResumeFrame offer, Instant now)
    {
        var match = _conversation!.Name.Match(offer);
        if (match == ResumeMatch.Other) link = BeginAnew(link, now);
        var conversation = _conversation!;
        if (match is ResumeMatch.Unnamed or ResumeMatch.Other) conversation.Name.NameFrom(offer, link.Proven.Fresh);
        if (match == ResumeMatch.Same && conversation.Send.OnAck(offer.ReceivedUpTo, out _) is { } violation)
        {
            CutOff(violation, now);
            return null;
        }
        link.Resume(conversation.Name.Answer(conversation.Receive.ReceivedUpTo, offer));
        conversation.Links.OnAgreed(link, now);
        return link;
    }

    private SessionLink? OnAnswer(SessionLink link, ResumeFrame answer, Instant now)
    {
        if (!_conversation!.Name.TryTakeName(answer.Session))
        {
            link = BeginAnew(link, now);
            _conversation!.Name.TryTakeName(answer.Session);
        }
        if (_conversation!.Send.OnAck(answer.ReceivedUpTo, out _) is { } violation)
        {
            CutOff(violation, now);
            return null;
        }
        _conversation.Links.OnAgreed(link, now);
        return link;
    }

    // ---- Beginning and ending ----

    private void Begin(LinkProven proven, Instant now)
    {
        _conversation = new Conversation(_decides, (ulong)proven.Fresh.Value, options, processBudget, _output, now);
        (_linkWanted, _idleSince) = (false, now);
        _output.Say(new SessionBegan(proven.Remote, proven.RemoteIncarnation, proven.DisplayName));
        foreach (var wanted in _wanted) _conversation.Attachments.HandleAttach(wanted);
        _wanted.Clear();
    }

    /// <summary>The other side does not have our session any more, or never had it: both begin anew on this link.</summary>
    private SessionLink BeginAnew(SessionLink link, Instant now)
    {
        End(_ending?.Reason ?? PeerLeavingReason.ConnectionLost, CloseCode.Done, "The session begins anew.", now, except: link);
        Begin(link.Proven, now);
        var fresh = new SessionLink(link.Proven, now);
        _conversation!.Links.Add(fresh);
        return fresh;
    }

    private void End(PeerLeavingReason reason, CloseCode code, string text, Instant now, SessionLink? except = null)
    {
        if (_conversation is not { } conversation) return;
        conversation.Close(reason, now);
        conversation.Links.CloseAll(code, text, except);
        (_conversation, _ending) = (null, null);
        _output.Say(new SessionEnded(reason));
    }

    private void CutOff(Violation violation, Instant now) => End(PeerLeavingReason.ProtocolViolated, violation.Code, violation.Text, now);

    private void BeginEnding(PeerLeavingReason reason, Instant now)
    {
        if (_ending is not null) return;
        _linkWanted = false;
        _wanted.Clear();
        if (_conversation is null) _output.Say(new SessionEnded(reason));
        // What waits has three quarters of the time; the rest is for the last word.
        else _ending = new Ending(reason, now + options.EndInOrderMax * 0.75, now + options.EndInOrderMax, false);
    }

    private void GoOnEnding(Conversation conversation, Ending ending, Instant now)
    {
        if (now >= ending.Until || (conversation.Send.FarewellWritten && conversation.Send.IsDone))
        {
            End(ending.Reason, CloseCode.Done, "The session has ended.", now);
            return;
        }
        if (!ending.Dropped && now >= ending.DropAt) conversation.DropQueues();
        if (!ending.Dropped && (now >= ending.DropAt || conversation.AllSent))
        {
            conversation.Send.QueueFarewell(FrameKind.End, new SessionEndFrame(ending.Reason).ToBytes());
            _ending = ending with { Dropped = true };
        }
    }

    // ---- Networks and invitations ----

    private void HandleAttach(AttachNetwork attach)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(attach.Member.Length, AttachFrame.MemberBytesMax, nameof(attach));
        if (_conversation is { } conversation && _ending is null)
        {
            conversation.Attachments.HandleAttach(attach);
            return;
        }
        _wanted.RemoveAll(wanted => wanted.Network == attach.Network);
        if (_wanted.Count < options.NetworksMax) _wanted.Add(attach);
        else _output.Say(new ChannelRefused(attach.Network, NetfluxError.TooMany));
    }

    private void HandleOffer(OfferInvitation offer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offer.Invitation.Length, options.InvitationBytesMax, nameof(offer));
        if (_conversation is { } conversation && _ending is null) conversation.Invitations.HandleOffer(offer);
        else _output.Say(new InvitationAnswered(offer.Id, JoinRequestDeclinedReason.ConnectionLost, "There is no connection to the peer."));
    }

    private bool IsIdle => !_keepOpen && _conversation!.IsIdle;

    /// <summary>After every fact: what follows from the whole state rather than from one part.</summary>
    private void Settle(Instant now)
    {
        if (_conversation is { } conversation)
        {
            if (!IsIdle) _idleSince = now;
            conversation.RetimeWatch(now);
            conversation.TellRelayedArrived();
            if (conversation.Send.IsOverflowing) End(PeerLeavingReason.TooSlow, CloseCode.NotReading, "More waits to be sent than the limits allow.", now);
            else if (_ending is { } ending) GoOnEnding(conversation, ending, now);
        }
        var needed = _conversation is { } living ? !living.Links.Any || living.Watch.IsSuspected : _wanted.Count > 0 || _linkWanted;
        if (needed == _finding) return;
        _finding = needed;
        _output.Say(needed ? new FindLink() : new StopFindingLink());
    }
}
