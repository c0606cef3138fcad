using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Transport.Signaling.Wire;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>
/// The client's side of the conversation with one signaling server: it connects when something is wanted, proves who it is, keeps doors and meeting points over
/// reconnections and restarts of the server, renews its leases, and answers every ask. docs/WIRE.md tells the order of messages.
/// </summary>
/// <remarks>
/// A failed dial answers what is asked at once, because a person waits; what was established (doors, waits at meeting points) is dialled for without end. Where a server has named others that keep
/// the same networks, those are dialled before anybody is told that it failed.
/// </remarks>
internal sealed partial class SignalingSession(IPeerKeys keys, string displayName, string server, IRandomSource random, SignalingClientOptions options)
    : IProtocolCore<SessionFact, SessionInstruction>
{
    private readonly Queue<SessionInstruction> _instructions = new();
    private readonly SortedDictionary<ulong, Pending> _pending = [];           // in the order asked, which is also the order of their time-outs
    private readonly SortedDictionary<NetworkId, Door> _doors = [];
    private readonly SortedDictionary<string, Meeting> _meetings = new(StringComparer.Ordinal);
    private readonly ServerChoice _servers = new(server, random, options.OthersMax);
    private readonly HashSet<ulong> _held = [];                                // of the pending, those not said yet on this connection
    private readonly Queue<NetworkId> _toCollect = new();                      // at whose doors invitations may wait
    private SessionState _state = new SessionState.Idle();
    private TokenBucket _fromServer = new(options.MessagesBurst, options.MessagesPerSecond);
    private Instant? _idleAt;
    private long _attempt;
    private ulong _lastRequest;
    private int _failures;
    private bool _isSent; // to another server, by one that stops

    public SessionState State => _state;

    public Instant? NextDeadline
    {
        get
        {
            Instant? deadline = _state switch
            {
                SessionState.Dialling s => s.Until,
                SessionState.AwaitingHello s => s.Until,
                SessionState.AwaitingWelcome s => s.Until,
                SessionState.Open s => s.RenewAt,
                SessionState.Waiting s => s.Until,
                _ => null,
            };
            if (_pending.Count > 0) deadline = Instant.Earlier(deadline, _pending.First().Value.Until);
            return Instant.Earlier(deadline, _idleAt);
        }
    }

    public bool TryTake([NotNullWhen(true)] out SessionInstruction? instruction) => _instructions.TryDequeue(out instruction);

    public void Handle(SessionFact fact, Instant now)
    {
        switch (fact)
        {
            case DoorWanted f: HandleDoorWanted(f, now); break;
            case DoorUnwanted f: HandleDoorUnwanted(f); break;
            case MembersWanted f: HandleMembersWanted(f, now); break;
            case TrackWanted f: Ask(new Pending.Track(f, now + options.RequestTimeout), now); break;
            case UntrackWanted f: Ask(new Pending.Untrack(f, now + options.RequestTimeout), now); break;
            case NetworksWanted f: Ask(new Pending.ListNetworks(f, [], "", now + options.RequestTimeout, now + options.ListTimeout), now); break;
            case TrackedWanted f: Ask(new Pending.ListTracked(f, [], null, now + options.RequestTimeout), now); break;
            case KeepWanted f: HandleKeepWanted(f, now); break;
            case EndKeptWanted f: Ask(new Pending.EndKept(f, now + options.RequestTimeout), now); break;
            case InvitationsWanted f when !_toCollect.Contains(f.Network): _toCollect.Enqueue(f.Network); break;
            case InvitationsWanted: break;
            case MeetingWanted f: HandleMeetingWanted(f, now); break;
            case MeetingUnwanted f: HandleMeetingUnwanted(f); break;
            case IntroductionWanted f: HandleIntroductionWanted(f, now); break;
            case ServerDialled f: HandleDialled(f, now); break;
            case ServerDialFailed f: HandleDialFailed(f, now); break;
            case ServerSaid f: HandleSaid(f, now); break;
            case ServerLost f: HandleLost(f, now); break;
            default:
                if (!TryHandleApproval(fact, now)) throw new ArgumentOutOfRangeException(nameof(fact), fact, null);
                break;
        }
        Settle(now);
    }

    public void HandleDeadline(Instant now)
    {
        while (_pending.Count > 0 && _pending.First() is var (request, pending) && pending.Until <= now)
        {
            _pending.Remove(request);
            Fail(pending, NetfluxError.TimedOut, $"The signaling server at {server} did not answer in time.");
        }
        switch (_state)
        {
            case SessionState.Dialling s when s.Until <= now:
                ConnectFailed(s.Attempt, NetfluxError.ServerUnreachable, $"The signaling server at {server} did not answer in time.", null, now);
                break;
            case SessionState.AwaitingHello s when s.Until <= now:
                ConnectFailed(s.Attempt, NetfluxError.NotASignalingServer, $"What answers at {server} does not greet as a Netflux signaling server.", null, now);
                break;
            case SessionState.AwaitingWelcome s when s.Until <= now:
                ConnectFailed(s.Attempt, NetfluxError.ServerUnreachable, $"The signaling server at {server} did not answer in time.", null, now);
                break;
            case SessionState.Open { Renewal: not 0 } s when s.RenewAt <= now:
                Drop(s.Attempt, CloseCode.Lost, "The server did not answer a renewal.", now);
                break;
            case SessionState.Open s when s.RenewAt <= now:
                Renew(s, now);
                break;
            case SessionState.Waiting s when s.Until <= now:
                Dial(now);
                break;
        }
        if (_idleAt <= now && _state is SessionState.Open open && !IsAnythingWanted)
        {
            Emit(new CloseServer(open.Attempt, CloseCode.Done, "Nothing is wanted."));
            _state = new SessionState.Idle();
        }
        Settle(now);
    }

    private bool IsAnythingWanted => _doors.Count > 0 || _pending.Count > 0 || _meetings.Count > 0;

    /// <summary>After every fact: dial if something is wanted, and watch for idleness.</summary>
    private void Settle(Instant now)
    {
        CollectNext(now);
        if (_state is SessionState.Idle && IsAnythingWanted) Dial(now);
        if (_state is SessionState.Waiting && !IsAnythingWanted) _state = new SessionState.Idle();
        _idleAt = _state is SessionState.Open && !IsAnythingWanted ? _idleAt ?? now + options.IdleTimeout : null;
    }

    private void Dial(Instant now)
    {
        _state = new SessionState.Dialling(++_attempt, now + options.ConnectTimeout);
        Emit(new DialServer(_attempt, _servers.Current));
    }

    private void HandleDialled(ServerDialled fact, Instant now)
    {
        if (_state is not SessionState.Dialling dialling || dialling.Attempt != fact.Attempt)
        {
            Emit(new CloseServer(fact.Attempt, CloseCode.Done, "This dial came too late."));
            return;
        }
        _fromServer = new(options.MessagesBurst, options.MessagesPerSecond);
        _state = new SessionState.AwaitingHello(fact.Attempt, fact.Authority, fact.Incarnation, fact.MessageBytesMax, now + options.ConnectTimeout);
    }

    private void HandleDialFailed(ServerDialFailed fact, Instant now)
    {
        if (_state is not SessionState.Dialling dialling || dialling.Attempt != fact.Attempt) return;
        var why = SignalingNames.Sentence(fact.Why);
        var (error, text) = fact.Failure switch
        {
            DialFailure.NotWebSocket => (NetfluxError.NotASignalingServer, $"What answers at {server} is not a Netflux signaling server: {why}"),
            DialFailure.AccessDenied => (NetfluxError.AccessDenied, $"The signaling server at {server} does not let this process in: {why}"),
            DialFailure.Refused => (NetfluxError.ServerBusy, $"The server at {server} refuses the connection: {why}"),
            _ => (NetfluxError.ServerUnreachable, $"The signaling server at {server} cannot be reached: {why}"),
        };
        ConnectFailed(null, error, text, error == NetfluxError.AccessDenied ? options.DeniedPause : fact.RetryAfter, now);
    }

    private void HandleLost(ServerLost fact, Instant now)
    {
        var text = SignalingNames.Sentence(fact.Text);
        switch (_state)
        {
            case SessionState.AwaitingHello s when s.Attempt == fact.Attempt:
                EntryLost(fact.Code, $"closed the connection before it greeted: {text}", now);
                break;
            case SessionState.AwaitingWelcome s when s.Attempt == fact.Attempt:
                EntryLost(fact.Code, $"closed the connection: {text}", now);
                break;
            case SessionState.Open s when s.Attempt == fact.Attempt && fact.Code == CloseCode.Replaced:
                BeReplaced(new Incarnation(s.Incarnation.Value + 1)); // its last Welcome, which says the number, was lost: at least one above ours
                break;
            case SessionState.Open s when s.Attempt == fact.Attempt:
                LinkDown(s, $"Lost the signaling server at {server}: {text}", now);
                break;
        }
    }

    private void EntryLost(CloseCode code, string how, Instant now) =>
        ConnectFailed(null, code is CloseCode.TooManyConnections or CloseCode.Stopping ? NetfluxError.ServerBusy : NetfluxError.ServerUnreachable, $"The signaling server at {server} {how}", null, now);

    /// <summary>A connection did not come about: who asked is told at once; what was established goes on waiting.</summary>
    private void ConnectFailed(long? close, NetfluxError error, string why, TimeSpan? retryAfter, Instant now)
    {
        if (close is { } attempt) Emit(new CloseServer(attempt, error == NetfluxError.NotASignalingServer ? CloseCode.NotSignaling : CloseCode.Done, why));
        Emit(new NoteConnection(false, why));
        if (_servers.TryNext())
        {
            Dial(now);
            return;
        }
        FailAsks(error, why);
        // A server that is busy has answered for the pause that it asked for; one that denies access is asked again by whoever asks, who may have another token by then.
        Wait(retryAfter, retryAfter is null || error == NetfluxError.AccessDenied ? null : why, now);
    }

    /// <summary>We end a connection that was open, and come back.</summary>
    private void Drop(long attempt, CloseCode code, string text, Instant now)
    {
        Emit(new CloseServer(attempt, code, text));
        if (_state is SessionState.Open open) LinkDown(open, text, now);
        else ConnectFailed(null, NetfluxError.NotASignalingServer, $"What answers at {server} is not a Netflux signaling server: {text}", null, now);
    }

    private void LinkDown(SessionState.Open open, string text, Instant now)
    {
        if (now - open.Since >= options.StableAfter) _failures = 0;
        Emit(new NoteConnection(false, text));
        foreach (var (request, _) in _pending.Where(p => p.Value is Pending.Reopen).ToList()) _pending.Remove(request); // every door is opened again anyway
        if (!_isSent) _servers.Leave();
        _isSent = false;
        Wait(null, null, now);
    }

    private void Wait(TimeSpan? retryAfter, string? busy, Instant now)
    {
        var doubled = options.ReconnectMin * Math.Pow(2, Math.Min(_failures++, 16));
        var pause = random.Jitter(doubled < options.ReconnectMax ? doubled : options.ReconnectMax, 0.5);
        if (pause < options.ReconnectMin) pause = options.ReconnectMin;
        if (pause > options.ReconnectMax) pause = options.ReconnectMax;
        if (retryAfter is { } asked && asked > pause) pause = asked < options.RetryAfterMax ? asked : options.RetryAfterMax;
        _state = new SessionState.Waiting(now + pause, busy);
    }

    private void BeReplaced(Incarnation seen)
    {
        _state = new SessionState.Replaced();
        Emit(new TellNewerIncarnation(seen, true));
        const string Why = "A newer process runs with this identity; this one stays away.";
        FailAsks(NetfluxError.Replaced, Why);
        foreach (var (_, meeting) in _meetings.Where(m => !m.Value.Met)) Emit(new TellFailed(meeting.Ask, NetfluxError.Replaced, Why));
        _meetings.Clear();
        _doors.Clear();
    }

    private void Renew(SessionState.Open open, Instant now)
    {
        var renewal = new Proto.RenewLeases();
        var isDue = open.LeaseAt <= now;
        if (isDue) renewal.Networks.AddRange(_doors.Keys.Select(network => ByteString.CopyFrom(network.ToArray())));
        var request = Say(new Proto.ToServer { Renew = renewal });
        _renewedAt = now;
        _state = open with { LeaseAt = isDue ? now + open.Lease / 3 : open.LeaseAt, RenewAt = now + (_servers.HasOthers ? options.RenewTimeout : open.Lease / 3), Renewal = request };
    }

    /// <summary>Where there are others to go to, a server that stands still is noticed sooner than by its leases.</summary>
    private Instant NextRenewal(Instant leaseAt, Instant now)
    {
        var lookAt = now + options.LookEvery;
        return _servers.HasOthers && lookAt < leaseAt ? lookAt : leaseAt;
    }

    /// <summary>Sends on the connection that is open, or being opened, and returns the request's number.</summary>
    private ulong Say(Proto.ToServer message, ulong? request = null)
    {
        message.Request = request ?? ++_lastRequest;
        var attempt = _state switch
        {
            SessionState.Open s => s.Attempt,
            SessionState.AwaitingHello s => s.Attempt,
            _ => throw new InvalidOperationException("Nothing can be said without a connection."),
        };
        Emit(new SayToServer(attempt, message.SayCase.ToString(), message.ToByteArray()));
        return message.Request;
    }

    private void Emit(SessionInstruction instruction) => _instructions.Enqueue(instruction);
}
