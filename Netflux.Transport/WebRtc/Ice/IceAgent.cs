using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>
/// Finds a way for datagrams to another agent, and watches over it (RFC 8445, with 8838 trickle and 7675 consent), for one component: what a data channel needs.
/// <code>
/// answerer                                    offerer
///   has the offer                               waits for the answer
///   check      ──────────────────────────────→    answers, remembers it; holds the address
///              ←──────────────────────────────  response
///   usable                                        … the answer comes
///              ←──────────────────────────────  check, triggered by what was remembered
///   response   ──────────────────────────────→    usable
///              ←──────────────────────────────  check with USE-CANDIDATE
///   nominated, response  ────────────────────→    nominated
/// </code>
/// </summary>
internal sealed partial class IceAgent : IProtocolCore<IceFact, IceInstruction>
{
    private readonly IceOptions _options;
    private readonly IRandomSource _random;
    private readonly IRemoteAddresses _addresses;
    private readonly ulong _tieBreaker; // RFC 8445 §5.2: drawn once, and kept over restarts and changes of role
    private readonly Queue<IceInstruction> _instructions = new();
    private readonly LocalCandidates _local;
    private readonly List<ConnectivityCheck> _checks = [];
    private readonly Stack<ConnectivityCheck> _spareChecks = [];
    private readonly CheckPacer _pacer;
    private readonly TokenBucket _refusals;

    private Life _life = new Life.Running();
    private IceSession _session;
    private FormerPath? _former;
    private SendingPath? _path;
    private IceState _state = IceState.New;
    private int _restarts;

    private abstract record Life
    {
        public sealed record Running : Life;

        /// <summary>Only a restart helps.</summary>
        public sealed record Failed(string Why) : Life;

        public sealed record Closed : Life;
    }

    /// <summary>The pair from before a restart (RFC 8445 §9): data goes over it until one of the new session is selected, and it is listened to a while longer.</summary>
    private sealed record FormerPath(IceSession Session, CandidatePair Pair, Instant? RetireAt);

    public IceAgent(IceRole role, IceOptions options, IRandomSource random, IRemoteAddresses addresses)
    {
        (Role, _options, _random, _addresses) = (role, options, random, addresses);
        _tieBreaker = random.NextUInt64();
        _local = new(options);
        _pacer = new(options.CheckInterval, options.ChecksAtOnce);
        _refusals = new(options.RefusalsBurst, options.RefusalsPerSecond);
        _session = new(IceCredentials.Draw(random), options);
    }

    public IceRole Role { get; private set; }

    public IceState State => _state;

    /// <summary>Of the session that is current, to be offered or answered; a restart changes them.</summary>
    public IceCredentials LocalCredentials => _session.Local;

    /// <summary>All that were announced: a description after a restart holds them again.</summary>
    public IReadOnlyList<LocalCandidate> LocalCandidates => _local.All;

    public Instant? NextDeadline { get; private set; }

    public bool TryTake([NotNullWhen(true)] out IceInstruction? instruction) => _instructions.TryDequeue(out instruction);

    public void Handle(IceFact fact, Instant now)
    {
        if (_life is Life.Closed) return;
        switch (fact)
        {
            case LocalCandidateFound found: HandleLocalCandidate(found, now); break;
            case LocalBaseLost lost: HandleBaseLost(lost.Base); break;
            case AddressLost lost: HandleAddressLost(lost.Base, lost.Remote, now); break;
            case RestartBegan: BeginSession(); break;
            case AgentClosed:
                _life = new Life.Closed();
                _outgoing.Clear();
                break;
            case RemoteDescription description: OnDescription(description, now); break;
            case RemoteCandidateFound or RemoteNameFound: OnCandidate(fact, now); break;
            case RemoteCandidatesEnded: _session.RemoteEnded = true; break;
            case NameResolved resolved: HandleResolved(resolved, now); break;
            case NameUnresolved: break; // its checks may come all the same, as peer-reflexive
            default: throw new ArgumentOutOfRangeException(nameof(fact), fact, "Not a fact of an agent.");
        }
        Advance(now);
    }

    public void HandleDeadline(Instant now) => Advance(now);

    /// <summary>A STUN message that came to a base. It may be anyone's and anything.</summary>
    public void HandleStun(IceBase local, in TransportAddress from, ReadOnlySpan<byte> message, Instant now)
    {
        if (_life is not Life.Running || !StunMessage.TryParse(message, out var stun) || stun.Method != StunMethod.Binding) return;
        // RFC 8445 §7.1: checks carry a fingerprint. One that does not hold marks bytes that are not STUN at all, or were damaged.
        if (stun.Has(StunAttributeType.Fingerprint) && !stun.HasFingerprint()) return;
        switch (stun.Class)
        {
            case StunClass.Request: OnRequest(local, from, stun, now); break;
            case StunClass.SuccessResponse: OnResponse(local, from, stun, now); break;
            case StunClass.ErrorResponse: OnErrorResponse(stun, now); break;
            case StunClass.Indication: return; // RFC 8445 §11: keeps NATs open, and says nothing
        }
        Advance(now);
    }

    /// <summary>After everything that happens: what is due is done, in an order in which one step finds what the ones before it left.</summary>
    private void Advance(Instant now)
    {
        if (_life is Life.Running)
        {
            HandleChecksDue(now);
            KeepPath(now);
            Nominate(now);
            Forget(now);
            StartChecks(now);
            SeeFailure(now);
        }
        ReleaseAddresses();
        TellState(now);
        NextDeadline = _life is Life.Running ? FindDeadline(now) : null;
    }

    /// <summary>RFC 8445 §9: a restart takes new credentials, and with them everything that was learned from the other side goes; the pair in use stays.</summary>
    private void BeginSession()
    {
        if (_path is { } path) KeepFormer(path);
        if (_session != _former?.Session)
        {
            _checks.RemoveAll(check => check.Session == _session);
            _instructions.Enqueue(new UfragRetired(_session.Local.Ufrag));
        }
        _session = new(IceCredentials.Draw(_random), _options);
        _restarts++;
        _life = new Life.Running();
    }

    private void KeepFormer(SendingPath path)
    {
        if (_former is { } older && older.Session != path.Session) RetireFormer(older);
        _former = new(path.Session, path.Pair, RetireAt: null);
        // RFC 8445 §9 begins the checks anew; of the former session only the one pair is watched.
        _checks.RemoveAll(check => check.Session == path.Session && check.Pair != path.Pair);
        path.Session.Checklist.DropAll(pair => pair != path.Pair, "The session ended with a restart.");
    }

    private void RetireFormer(FormerPath former)
    {
        _checks.RemoveAll(check => check.Session == former.Session);
        _instructions.Enqueue(new UfragRetired(former.Session.Local.Ufrag));
        _former = null;
    }

    private void ChangeRole(IceRole role)
    {
        Role = role;
        // RFC 8445 §6.1.2.3: which of the two is G and which D has changed.
        _session.Checklist.SetPriorities(role);
        _former?.Session.Checklist.SetPriorities(role);
    }

    /// <summary>
    /// RFC 8863 §3: checks of the other side may come after all of ours have failed, so nothing working is a failure only after a time. The loss of consent ends that time
    /// (<see cref="HandleConsentLost"/>).
    /// </summary>
    private void SeeFailure(Instant now)
    {
        if (_path is not null || _session.Remote is null || now < _session.PatientUntil || _session.Checklist.HasOpen) return;
        _life = new Life.Failed(DescribeFailure());
        _checks.Clear();
    }

    private string DescribeFailure()
    {
        if (_session.Loss is { } loss) return loss;
        if (_session.Checklist.Pairs.Count == 0) return _local.All.Count == 0 ? "There is no candidate of ours." : "No candidate of the other side can be reached from any of ours.";
        return $"None of {_session.Checklist.Pairs.Count} pairs works.";
    }

    private void TellState(Instant now)
    {
        var state = _life switch
        {
            Life.Closed => IceState.Closed,
            Life.Failed => IceState.Failed,
            _ when _path is { } path => path.Consent.IsDisconnected(now) ? IceState.Disconnected : IceState.Connected,
            _ when _session.Remote is null => IceState.New,
            _ => IceState.Checking,
        };
        if (state == _state) return;
        _state = state;
        _instructions.Enqueue(new IceStateChanged(state, DescribeState()));
    }

    private string DescribeState() => _state switch
    {
        IceState.Closed => "It was closed.",
        IceState.Failed => (_life as Life.Failed)?.Why ?? "",
        IceState.Disconnected => $"{_path?.Pair.To} does not answer.",
        IceState.Connected => $"{_path?.Pair.To} answers.",
        IceState.New => "The other side has not described itself yet.",
        _ => "No pair works yet.",
    };

    private Instant? FindDeadline(Instant now)
    {
        Instant? deadline = null;
        foreach (var check in _checks) deadline = Instant.Earlier(deadline, check.NextDeadline);
        if (_session.Remote is not null && _session.Checklist.NextToCheck(CheckFloor) is not null) deadline = Instant.Earlier(deadline, _pacer.NextAt(now));
        if (_path is { } path) deadline = Instant.Earlier(deadline, path.Consent.NextDeadline);
        else if (_session.Remote is not null && now < _session.PatientUntil) deadline = Instant.Earlier(deadline, _session.PatientUntil);
        if (NominationDeadline(now) is { } nomination) deadline = Instant.Earlier(deadline, nomination);
        if (_former?.RetireAt is { } retire) deadline = Instant.Earlier(deadline, retire);
        return Instant.Earlier(deadline, NextForgotten);
    }
}
