using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Sessions;

/// <summary>
/// How a link to one remote peer is found: its known addresses are dialled, staggered as RFC 8305 §5 says; when none has led anywhere, introductions ask for others and offer a data channel;
/// when nothing came of them, members relay. Each way is tried again with a back-off of its own until the search is stopped. Who listens is dialled: the asker of an introduction dials if the
/// other listens, else the other dials it; where neither can, the offer is answered (<see cref="OpeningConnections"/>). Two links at once do no harm, as sessions settle them; where both
/// listen, the larger id lets the other begin.
/// </summary>
/// <param name="self">Us.</param>
/// <param name="remote">The peer.</param>
/// <param name="connects">Whether this process opens data channels.</param>
/// <param name="options">The numbers.</param>
/// <param name="random">For pauses and the names of connections.</param>
internal sealed class LinkSearch(PeerId self, PeerId remote, bool connects, LinkSearchOptions options, IRandomSource random) : IProtocolCore<LinkSearchFact, LinkSearchInstruction>
{
    private abstract record State
    {
        /// <summary>No link is looked for.</summary>
        public sealed record Idle : State;

        /// <summary>A link is needed.</summary>
        public sealed record Searching(Instant RoundSince, bool ToldFailed) : State;

        /// <summary>A relayed link is there; a direct one is looked for now and then.</summary>
        public sealed record Upgrading(Instant NextAt, int Attempts) : State;
    }

    private readonly Queue<LinkSearchInstruction> _outbox = new();
    private readonly OpeningConnections _connections = new(self, remote, options, random);
    private readonly SearchedAddresses _addresses = new(options, random);
    private readonly SearchedWays<IntroducerId> _introducers = new(options, options.IntroductionWait, random);
    private readonly SearchedWays<RelayWay> _relays = new(options, options.RelayWait, random);
    private readonly TokenBucket _heeded = new(options.IntroductionsBurst, options.IntroductionsPerSecond);
    private State _state = new State.Idle();
    private LinkReach _reach;
    private bool _wanted;
    private bool _listening;
    private bool _nothingToDial;    // the peer listens where we cannot dial it

    public Instant? NextDeadline { get; private set; }

    public bool TryTake([NotNullWhen(true)] out LinkSearchInstruction? instruction) => _outbox.TryDequeue(out instruction) || _connections.TryTake(out instruction);

    public void Handle(LinkSearchFact fact, Instant now)
    {
        switch (fact)
        {
            case SearchStarted: HandleWanted(true, now); break;
            case SearchStopped: HandleWanted(false, now); break;
            case ReachChanged changed:
                _reach = changed.Reach;
                if (_reach == LinkReach.Direct) _connections.End();
                HandleWanted(_wanted, now);
                break;
            case AddressesLearned learned: _addresses.Learn(learned.Addresses, now); break;
            case IntroducersChanged changed: _introducers.Set(changed.Introducers, now); break;
            case CarriersChanged changed: _relays.Set(changed.Carriers, now); break;
            case OwnAddressesChanged changed: _listening = changed.Listening; break;
            case DialFailed failed:
                _addresses.HandleFailed(failed.Address, now);
                if (!_addresses.IsDialling) _connections.AnswerHeld(now);
                break;
            case RelayFailed failed: _relays.HandleFailed(failed.Way, now); break;
            case IntroductionUndelivered undelivered: _introducers.HandleFailed(undelivered.Through, now); break;
            case IntroductionReceived received: OnIntroduction(received, now); break;
            case DescriptionMade made: _connections.HandleDescription(made.Connection, made.Sdp, now); break;
            case CandidateFound found: _connections.HandleCandidate(found.Connection, found.Line, now); break;
            case ConnectionUp up: _connections.HandleOpened(up.Connection); break;
            case ConnectionFailed failed:
                if (_connections.HandleFailed(failed.Connection) is { } way) _introducers.HandleFailed(way, now);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(fact), fact, "Not a fact of the search.");
        }
        Advance(now);
    }

    public void HandleDeadline(Instant now) => Advance(now);

    private void HandleWanted(bool wanted, Instant now)
    {
        _wanted = wanted;
        if (!wanted && _state is State.Searching) _addresses.End();
        if (wanted)
        {
            if (_state is State.Searching) return;
            _state = new State.Searching(now, ToldFailed: false);
            _nothingToDial = false;
            _addresses.Begin(now + (_listening && self > remote ? options.PolitePause : TimeSpan.Zero));
            _introducers.Begin();
            _relays.Begin();
        }
        else if (_reach == LinkReach.Relayed)
        {
            if (_state is not State.Upgrading) _state = new State.Upgrading(now + random.Jitter(options.UpgradeMin, options.RetrySpread), 0);
        }
        else
        {
            _state = new State.Idle();
            _connections.EndOurs();
        }
    }

    // ---- What is due ----

    private void Advance(Instant now)
    {
        switch (_state)
        {
            case State.Searching searching:
                AdvanceSearch(searching, now);
                break;
            case State.Upgrading upgrading when upgrading.NextAt <= now:
                BeginUpgrade(upgrading, now);
                break;
        }
        // Outside a search, what an introduction asked for and what an upgrade began is dialled once, not again and again.
        while (_addresses.TryTakeDue(now, repeat: _state is State.Searching, out var address)) _outbox.Enqueue(new Dial(address));
        if (_connections.CanUrge && CannotReach) _connections.Urge(now);
        _connections.HandleDeadline(CannotReach, now);
        NextDeadline = Instant.Earlier(_connections.NextDeadline, _state switch
        {
            State.Searching searching => Instant.Earlier(SearchDeadline(searching, now), _addresses.NextDue(repeat: true)),
            State.Upgrading upgrading => Instant.Earlier(upgrading.NextAt, _addresses.NextDue(repeat: false)),
            _ => _addresses.NextDue(repeat: false),
        });
    }

    private void Ask(IntroducerId through, Instant now)
    {
        if (connects) _connections.Offer(through, CannotReach, now);
        else _outbox.Enqueue(new Introduce(through, AnswerWanted: true, PleaseDial: CannotReach));
    }

    private void AdvanceSearch(State.Searching searching, Instant now)
    {
        if (now >= IntroductionsAt(searching, now))
            while (_introducers.TryTakeDue(now, out var through)) Ask(through, now);
        if (now >= RelaysAt(searching, now))
            while (_relays.TryTakeDue(now, out var way))
                _outbox.Enqueue(new OpenRelay(way));

        var late = now >= searching.RoundSince + options.RoundTime;
        var exhausted = _addresses.AllFailed && _introducers.AllFailed && _relays.AllFailed;
        if (late || exhausted && !searching.ToldFailed)
        {
            _outbox.Enqueue(new SearchFailed(NetfluxError.PeerUnreachable, Describe()));
            _state = new State.Searching(late ? now : searching.RoundSince, ToldFailed: true);
        }
    }

    private Instant SearchDeadline(State.Searching searching, Instant now)
    {
        Instant? deadline = searching.RoundSince + options.RoundTime;
        var introductions = IntroductionsAt(searching, now);
        deadline = Instant.Earlier(deadline, introductions > now ? introductions : _introducers.NextDue);
        var relays = RelaysAt(searching, now);
        return Instant.Earlier(deadline, relays > now ? relays : _relays.NextDue)!.Value;
    }

    private Instant IntroductionsAt(State.Searching searching, Instant now) =>
        searching.ToldFailed || _addresses.AllFailed ? Earliest(searching.RoundSince, now) : searching.RoundSince + options.IntroduceAfter;

    private Instant RelaysAt(State.Searching searching, Instant now)
    {
        if (searching.ToldFailed || _addresses.AllFailed && _introducers.AllFailed) return Earliest(searching.RoundSince, now);
        return (_introducers.FirstTried ?? IntroductionsAt(searching, now)) + options.IntroductionWait;
    }

    /// <summary>Every address that we know has failed, or none may be dialled: the other is to dial us, where it can, or to answer our offer.</summary>
    private bool CannotReach => (_listening || connects) && (_nothingToDial || _addresses.Count > 0 && _addresses.AllFailed);

    private static Instant Earliest(Instant one, Instant other) => one <= other ? one : other;

    private string Describe() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"No link to {remote}: {_addresses.Count} addresses dialled, {_introducers.Count} ways of introduction, {_relays.Count} carriers.");

    private void BeginUpgrade(State.Upgrading upgrading, Instant now)
    {
        _addresses.Begin(now);
        _introducers.Begin();
        foreach (var through in _introducers.TakeAll(now)) Ask(through, now);     // this is rare, and one of them may be a server that is gone
        var pause = options.UpgradeMin * Math.Pow(2, Math.Min(upgrading.Attempts + 1, 16));
        _state = new State.Upgrading(now + random.Jitter(pause < options.UpgradeMax ? pause : options.UpgradeMax, options.RetrySpread), upgrading.Attempts + 1);
    }

    // ---- What the remote peer says ----

    private void OnIntroduction(IntroductionReceived received, Instant now)
    {
        if (received.Signal is ConnectionSignal.Candidates candidates)
        {
            _connections.OnCandidates(candidates, now);
            return;
        }
        if (!_heeded.TryTake(now)) return;
        // An answer to an offer is no success yet: connections that fail are tried again with the back-off of the way.
        var isConnecting = received.Signal is ConnectionSignal.Answer;
        if (!isConnecting) _introducers.HandleAnswered(received.Through, now);
        // Where we listen, the asker dials once it has our answer; where we do not, or it cannot reach us, we dial it.
        var weDial = !received.AnswerWanted || received.PleaseDial || !_listening;
        var dialling = weDial && !isConnecting && (_reach != LinkReach.Direct || _wanted) && received.Addresses.Count > 0;
        if (dialling) _addresses.LearnToDial(received.Addresses, now);
        else _addresses.Learn(received.Addresses, now);

        if (!received.AnswerWanted) OnAnswer(received, now);
        else if (connects && weDial && received.Signal is ConnectionSignal.Offer offer) _connections.TakeOffer(offer, received.Through, dialFirst: dialling, now);
        else _outbox.Enqueue(new Introduce(received.Through, AnswerWanted: false, PleaseDial: _listening && !received.PleaseDial));
    }

    private void OnAnswer(IntroductionReceived received, Instant now)
    {
        if (received.Signal is ConnectionSignal.Answer answer)
        {
            _connections.TryTakeAnswer(answer, received.Through, now);
            return;
        }
        _connections.OnAnsweredOtherwise(received.Through);
        if (received.Addresses.Count > 0) return;
        if (received.PleaseDial && connects) _nothingToDial = true;
        // The answer has no address, and nobody can dial us: only a relay is left.
        else if (!_listening) _introducers.HandleFailed(received.Through, now);
    }
}
