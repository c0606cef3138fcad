using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Sessions;

/// <summary>
/// The data channels that are being opened with one remote peer (docs/WIRE.md, "Signals"): at most one that we offer, and one that the peer offers. Descriptions and candidates travel in
/// introductions. An offer that is answered with addresses alone stays open while those are dialled.
/// </summary>
internal sealed class OpeningConnections(PeerId self, PeerId remote, LinkSearchOptions options, IRandomSource random)
{
    /// <summary>What we offer.</summary>
    private abstract record Ours
    {
        public sealed record None : Ours;

        /// <summary>It has a name, and candidates are found for it.</summary>
        public abstract record Opening(OfferId Id, CandidateBatch Batch, IntroducerId Way, Instant Deadline) : Ours;

        /// <summary>The offer is being made; further ways wait for it too.</summary>
        public sealed record Making(OfferId Id, CandidateBatch Batch, IntroducerId Way, Instant Deadline, IReadOnlyList<IntroducerId> Others) : Opening(Id, Batch, Way, Deadline);

        /// <summary>The offer was sent, last by this way. The peer may have answered with addresses, and may have been urged to answer the offer itself.</summary>
        public sealed record Sent(OfferId Id, CandidateBatch Batch, IntroducerId Way, Instant Deadline, Instant CrossingUntil, bool AnsweredOtherwise, bool Urged) : Opening(Id, Batch, Way, Deadline);

        /// <summary>The answer is here.</summary>
        public sealed record Agreed(OfferId Id, CandidateBatch Batch, IntroducerId Way, Instant Deadline) : Opening(Id, Batch, Way, Deadline);

        /// <summary>The channel is open, the link not proven yet.</summary>
        public sealed record Open(OfferId Id, IntroducerId Way) : Ours;
    }

    /// <summary>What the peer offers.</summary>
    private abstract record Theirs
    {
        public sealed record None : Theirs;

        /// <summary>We dial the peer first; what comes for the connection meanwhile waits.</summary>
        public sealed record Held(ConnectionSignal.Offer Offer, IntroducerId Way, List<ConnectionSignal.Candidates> Early, Instant Until) : Theirs;

        /// <summary>We answer; whether the answer was sent.</summary>
        public sealed record Answering(OfferId Id, CandidateBatch Batch, IntroducerId Way, bool Sent, Instant Deadline) : Theirs;
    }

    private readonly Queue<LinkSearchInstruction> _outbox = new();
    private readonly TokenBucket _candidates = new(options.CandidatesBurst, options.CandidatesPerSecond);
    private Ours _ours = new Ours.None();
    private Theirs _theirs = new Theirs.None();
    private OfferId? _lastTaken;       // of the peer's offers, answered already

    public Instant? NextDeadline
    {
        get
        {
            var next = _ours is Ours.Opening ours ? Instant.Earlier(ours.Deadline, ours.Batch.DueAt) : null;
            return _theirs switch
            {
                Theirs.Held held => Instant.Earlier(next, held.Until),
                Theirs.Answering answering => Instant.Earlier(next, Instant.Earlier(answering.Deadline, answering.Batch.DueAt)),
                _ => next,
            };
        }
    }

    public bool TryTake([NotNullWhen(true)] out LinkSearchInstruction? instruction) => _outbox.TryDequeue(out instruction);

    /// <summary>The peer said where it listens instead of answering our offer, and was not urged yet to answer the offer itself.</summary>
    public bool CanUrge => _ours is Ours.Sent { AnsweredOtherwise: true, Urged: false };

    // ---- Our offer ----

    /// <summary>Sends our offer by this way; it is made first where there is none. While an answered one is being connected, nothing need be sent.</summary>
    public void Offer(IntroducerId way, bool pleaseDial, Instant now)
    {
        switch (_ours)
        {
            case Ours.None or Ours.Open:
                var id = new OfferId(random.NextUInt64());
                _ours = new Ours.Making(id, new CandidateBatch(options), way, now + options.DescribePatience, []);
                _outbox.Enqueue(new OfferConnection(id));
                break;
            case Ours.Making making when making.Way != way && !making.Others.Contains(way):
                _ours = making with { Others = [.. making.Others, way] };
                break;
            case Ours.Sent sent:
                SendOffer(sent with { Way = way }, pleaseDial, now);
                break;
        }
    }

    /// <summary>Sends our offer once more: the peer's addresses lead nowhere, it is to answer the offer itself.</summary>
    public void Urge(Instant now)
    {
        if (_ours is Ours.Sent { AnsweredOtherwise: true, Urged: false } sent) SendOffer(sent, pleaseDial: true, now);
    }

    private void SendOffer(Ours.Sent sent, bool pleaseDial, Instant now)
    {
        _outbox.Enqueue(new Introduce(sent.Way, AnswerWanted: true, pleaseDial, new ConnectionSignal.Offer(sent.Id, sent.Batch.Describe(now))));
        _ours = sent with { Urged = sent.Urged || pleaseDial };
    }

    public void OnAnsweredOtherwise(IntroducerId way)
    {
        if (_ours is Ours.Sent sent) _ours = sent with { Way = way, AnsweredOtherwise = true };
    }

    /// <summary>False if the answer is for no offer of ours that waits for one.</summary>
    public bool TryTakeAnswer(ConnectionSignal.Answer answer, IntroducerId way, Instant now)
    {
        if (_ours is not Ours.Sent sent || sent.Id != answer.Connection) return false;
        _ours = new Ours.Agreed(sent.Id, sent.Batch, way, now + options.ConnectPatience);
        _outbox.Enqueue(new TakeAnswer(sent.Id, answer.Sdp));
        return true;
    }

    // ---- The peer's offer ----

    /// <summary>Takes the peer's offer, unless ours is the one that lives.</summary>
    /// <param name="offer">The offer.</param>
    /// <param name="way">How it came, and how its answer goes.</param>
    /// <param name="dialFirst">Whether an address of the peer is being dialled, so that the offer waits.</param>
    /// <param name="now">The time.</param>
    public void TakeOffer(ConnectionSignal.Offer offer, IntroducerId way, bool dialFirst, Instant now)
    {
        // Of two that cross, the smaller id's lives. If ours was lost, the peer's comes again after the crossing is over.
        if (self < remote && _ours is Ours.Sent { AnsweredOtherwise: false } sent && now < sent.CrossingUntil) return;
        switch (_theirs)
        {
            case Theirs.Answering answering when answering.Id == offer.Connection:
                // Asked again: our answer may have been lost.
                if (answering.Sent) SendAnswer(answering with { Way = way }, now);
                return;
            case Theirs.Held held when held.Offer.Connection == offer.Connection && dialFirst:
                return;
        }
        if (offer.Connection == _lastTaken) return;
        AbandonTheirs("a newer offer takes its place");
        _theirs = new Theirs.Held(offer, way, [], now + options.DialFirst);
        if (!dialFirst) AnswerHeld(now);
    }

    /// <summary>Nothing came of dialling the peer: its offer is answered now.</summary>
    public void AnswerHeld(Instant now)
    {
        if (_theirs is not Theirs.Held held) return;
        if (_ours is Ours.Making or Ours.Sent) AbandonOurs("the peer's offer takes its place");
        var id = held.Offer.Connection;
        (_theirs, _lastTaken) = (new Theirs.Answering(id, new CandidateBatch(options), held.Way, Sent: false, now + options.DescribePatience), id);
        _outbox.Enqueue(new AnswerConnection(id, held.Offer.Sdp));
        foreach (var early in held.Early) _outbox.Enqueue(new TakeCandidates(id, early.Lines, early.Last));
    }

    private void SendAnswer(Theirs.Answering answering, Instant now)
    {
        _outbox.Enqueue(new Introduce(answering.Way, AnswerWanted: false, PleaseDial: false, new ConnectionSignal.Answer(answering.Id, answering.Batch.Describe(now))));
        _theirs = answering with { Sent = true, Deadline = now + options.ConnectPatience };
    }

    public void OnCandidates(ConnectionSignal.Candidates candidates, Instant now)
    {
        if (!_candidates.TryTake(now)) return;
        if (_theirs is Theirs.Held held && held.Offer.Connection == candidates.Connection)
        {
            if (held.Early.Count < options.EarlyCandidatesMax) held.Early.Add(candidates);
        }
        else if (BatchOf(candidates.Connection) is not null)
            _outbox.Enqueue(new TakeCandidates(candidates.Connection, candidates.Lines, candidates.Last));
    }

    // ---- What comes of a connection ----

    public void HandleDescription(OfferId id, string sdp, Instant now)
    {
        if (BatchOf(id) is { IsDescribed: false } batch) batch.HandleDescription(sdp, now);
    }

    public void HandleCandidate(OfferId id, string line, Instant now) => BatchOf(id)?.HandleCandidate(line, now);

    public void HandleOpened(OfferId id)
    {
        if (_ours is Ours.Opening ours && ours.Id == id) _ours = new Ours.Open(id, ours.Way);
        else if (_theirs is Theirs.Answering theirs && theirs.Id == id) _theirs = new Theirs.None();
    }

    /// <summary>It did not open, or the link over it was not proven. Tells by which way it was agreed on, where it was ours.</summary>
    public IntroducerId? HandleFailed(OfferId id)
    {
        if (_theirs is Theirs.Answering theirs && theirs.Id == id) _theirs = new Theirs.None();
        IntroducerId? way = _ours switch
        {
            Ours.Opening opening when opening.Id == id => opening.Way,
            Ours.Open open when open.Id == id => open.Way,
            _ => null,
        };
        if (way is null) return null;
        if (_ours is Ours.Making making) IntroducePlainly(making);
        _ours = new Ours.None();
        return way;
    }

    /// <summary>No link is looked for any more. What the peer offers stays: the peer needs it.</summary>
    public void EndOurs()
    {
        AbandonOurs("no link is looked for any more");
        _ours = new Ours.None();
    }

    /// <summary>A direct link is up: nothing else is needed.</summary>
    public void End()
    {
        EndOurs();
        AbandonTheirs("another link came first");
    }

    // ---- What is due ----

    public void HandleDeadline(bool pleaseDial, Instant now)
    {
        switch (_ours)
        {
            case Ours.Making { Batch: { IsDescribed: true, DueAt: { } at } } making when at <= now:
                var sent = new Ours.Sent(making.Id, making.Batch, making.Way, now + options.OfferPatience, now + options.CrossingWait, AnsweredOtherwise: false, Urged: false);
                foreach (var way in making.Others) SendOffer(sent with { Way = way }, pleaseDial, now);
                SendOffer(sent, pleaseDial, now);
                break;
            case Ours.Making making when making.Deadline <= now:
                AbandonOurs("no offer was made in time");
                IntroducePlainly(making);
                break;
            case Ours.Opening opening when opening.Deadline <= now:
                AbandonOurs(opening is Ours.Sent ? "the offer was not answered" : "the connection was not up in time");
                break;
        }
        switch (_theirs)
        {
            case Theirs.Held held when held.Until <= now: AnswerHeld(now); break;
            case Theirs.Answering { Sent: false, Batch: { IsDescribed: true, DueAt: { } at } } answering when at <= now: SendAnswer(answering, now); break;
            case Theirs.Answering answering when answering.Deadline <= now: AbandonTheirs("the connection was not up in time"); break;
        }
        if (_ours is Ours.Sent or Ours.Agreed && _ours is Ours.Opening ours) SendCandidates(ours.Id, ours.Batch, ours.Way, now);
        if (_theirs is Theirs.Answering { Sent: true } theirs) SendCandidates(theirs.Id, theirs.Batch, theirs.Way, now);
    }

    private void SendCandidates(OfferId id, CandidateBatch batch, IntroducerId way, Instant now)
    {
        if (batch.DueAt is not { } at || at > now) return;
        while (batch.TakeCandidates(id) is { } candidates) _outbox.Enqueue(new Introduce(way, AnswerWanted: false, PleaseDial: false, candidates));
    }

    private void IntroducePlainly(Ours.Making making)
    {
        foreach (var way in making.Others.Prepend(making.Way)) _outbox.Enqueue(new Introduce(way, AnswerWanted: true, PleaseDial: false));
    }

    private void AbandonOurs(string why)
    {
        if (_ours is not Ours.Opening opening) return;
        _outbox.Enqueue(new AbandonConnection(opening.Id, why));
        _ours = new Ours.None();
    }

    private void AbandonTheirs(string why)
    {
        if (_theirs is Theirs.Answering answering) _outbox.Enqueue(new AbandonConnection(answering.Id, why));
        _theirs = new Theirs.None();
    }

    private CandidateBatch? BatchOf(OfferId id) =>
        _theirs is Theirs.Answering theirs && theirs.Id == id ? theirs.Batch : _ours is Ours.Opening ours && ours.Id == id ? ours.Batch : null;
}
