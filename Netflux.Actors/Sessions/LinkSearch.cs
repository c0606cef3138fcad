using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Sessions;

/// <summary>
/// How a link to one remote peer is found: its known addresses are dialled, staggered as RFC 8305 §5 says; when none has led anywhere, introductions ask for others; when nothing
/// came of them, members relay. Each way is tried again with a back-off of its own until the search is stopped. Who listens is dialled: the asker of an introduction dials if the other
/// listens, else the other dials it. Two dials at once do no harm, as sessions settle them; where both listen, the larger id lets the other begin.
/// </summary>
internal sealed class LinkSearch(PeerId self, PeerId remote, LinkSearchOptions options, IRandomSource random) : IProtocolCore<LinkSearchFact, LinkSearchInstruction>
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
    private readonly SearchedAddresses _addresses = new(options, random);
    private readonly SearchedWays<IntroducerId> _introducers = new(options, options.IntroductionWait, random);
    private readonly SearchedWays<RelayWay> _relays = new(options, options.RelayWait, random);
    private readonly TokenBucket _heeded = new(options.IntroductionsBurst, options.IntroductionsPerSecond);
    private State _state = new State.Idle();
    private LinkReach _reach;
    private bool _wanted;
    private bool _listening;

    public Instant? NextDeadline { get; private set; }

    public bool TryTake([NotNullWhen(true)] out LinkSearchInstruction? instruction) => _outbox.TryDequeue(out instruction);

    public void Handle(LinkSearchFact fact, Instant now)
    {
        switch (fact)
        {
            case SearchStarted: HandleWanted(true, now); break;
            case SearchStopped: HandleWanted(false, now); break;
            case ReachChanged changed:
                _reach = changed.Reach;
                HandleWanted(_wanted, now);
                break;
            case AddressesLearned learned: _addresses.Learn(learned.Addresses, now); break;
            case IntroducersChanged changed: _introducers.Set(changed.Introducers, now); break;
            case CarriersChanged changed: _relays.Set(changed.Carriers, now); break;
            case OwnAddressesChanged changed: _listening = changed.Listening; break;
            case DialFailed failed: _addresses.HandleFailed(failed.Address, now); break;
            case RelayFailed failed: _relays.HandleFailed(failed.Way, now); break;
            case IntroductionUndelivered undelivered: _introducers.HandleFailed(undelivered.Through, now); break;
            case IntroductionReceived received: OnIntroduction(received, now); break;
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
            _addresses.Begin(now + (_listening && self > remote ? options.PolitePause : TimeSpan.Zero));
            _introducers.Begin();
            _relays.Begin();
        }
        else if (_reach == LinkReach.Relayed)
        {
            if (_state is not State.Upgrading) _state = new State.Upgrading(now + random.Jitter(options.UpgradeMin, options.RetrySpread), 0);
        }
        else _state = new State.Idle();
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
        NextDeadline = _state switch
        {
            State.Searching searching => Instant.Earlier(SearchDeadline(searching, now), _addresses.NextDue(repeat: true)),
            State.Upgrading upgrading => Instant.Earlier(upgrading.NextAt, _addresses.NextDue(repeat: false)),
            _ => _addresses.NextDue(repeat: false),
        };
    }

    private void AdvanceSearch(State.Searching searching, Instant now)
    {
        if (now >= IntroductionsAt(searching, now))
            while (_introducers.TryTakeDue(now, out var through))
                _outbox.Enqueue(new Introduce(through, AnswerWanted: true, PleaseDial: CannotReach));
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

    /// <summary>Every address that we know has failed: the other is to dial us, where it can.</summary>
    private bool CannotReach => _listening && _addresses.Count > 0 && _addresses.AllFailed;

    private static Instant Earliest(Instant one, Instant other) => one <= other ? one : other;

    private string Describe() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"No link to {remote}: {_addresses.Count} addresses dialled, {_introducers.Count} ways of introduction, {_relays.Count} carriers.");

    private void BeginUpgrade(State.Upgrading upgrading, Instant now)
    {
        _addresses.Begin(now);
        _introducers.Begin();
        if (_introducers.TryTakeDue(now, out var through)) _outbox.Enqueue(new Introduce(through, AnswerWanted: true, PleaseDial: CannotReach));
        var pause = options.UpgradeMin * Math.Pow(2, Math.Min(upgrading.Attempts + 1, 16));
        _state = new State.Upgrading(now + random.Jitter(pause < options.UpgradeMax ? pause : options.UpgradeMax, options.RetrySpread), upgrading.Attempts + 1);
    }

    // ---- What the remote peer says ----

    private void OnIntroduction(IntroductionReceived received, Instant now)
    {
        if (!_heeded.TryTake(now)) return;
        _introducers.HandleAnswered(received.Through, now);
        // Where we listen, the asker dials once it has our answer; where we do not, or it cannot reach us, we dial it.
        var weDial = !received.AnswerWanted || received.PleaseDial || !_listening;
        var needed = _reach != LinkReach.Direct || _wanted;
        if (weDial && needed) _addresses.LearnToDial(received.Addresses, now);
        else _addresses.Learn(received.Addresses, now);
        if (received.AnswerWanted) _outbox.Enqueue(new Introduce(received.Through, AnswerWanted: false, PleaseDial: _listening && !received.PleaseDial));
        // The answer has no address, and nobody can dial us: only a relay is left.
        else if (received.Addresses.Count == 0 && !_listening) _introducers.HandleFailed(received.Through, now);
    }
}
