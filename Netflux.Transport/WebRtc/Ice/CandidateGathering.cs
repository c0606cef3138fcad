using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>
/// Finds the candidates of this side (RFC 8445 §5.1.1): each host address is one, each base asks each STUN server of its family how it is seen, and what TURN servers allocate is handed
/// in. They are told one by one, as they are found (RFC 8838 §10), and the end is told once, at the latest when the time is over.
/// </summary>
internal sealed class CandidateGathering : IProtocolCore<GatheringFact, GatheringInstruction>
{
    private readonly GatheringOptions _options;
    private readonly IRandomSource _random;
    private readonly Queue<GatheringInstruction> _instructions = new();
    private readonly List<(IceBase Base, TransportAddress Address)> _bases = [];
    private readonly List<TransportAddress> _servers = [];
    private readonly List<Inquiry> _inquiries = [];
    private readonly Queue<Inquiry> _waiting = new();
    private readonly List<(Inquiry Inquiry, StunTransaction Transaction)> _asked = [];
    private readonly CheckPacer _pacer;
    private int _relaysPending;
    private int _namesPending;
    private State _state = new State.Idle();

    private readonly record struct Inquiry(IceBase Base, TransportAddress BaseAddress, TransportAddress Server);

    private abstract record State
    {
        public sealed record Idle : State;

        /// <param name="BasesEnded">Whether all sockets are known.</param>
        public sealed record Gathering(Instant EndsAt, bool BasesEnded) : State;

        public sealed record Ended : State;
    }

    public CandidateGathering(GatheringOptions options, IRandomSource random)
    {
        (_options, _random) = (options, random);
        _pacer = new(options.InquiryInterval, options.InquiriesAtOnce);
    }

    public Instant? NextDeadline { get; private set; }

    public bool TryTake([NotNullWhen(true)] out GatheringInstruction? instruction) => _instructions.TryDequeue(out instruction);

    public void Handle(GatheringFact fact, Instant now)
    {
        if (_state is State.Ended) return;
        if (_state is State.Idle) _state = new State.Gathering(now + _options.TimeMax, BasesEnded: false);
        switch (fact)
        {
            case BaseOpened opened: HandleBase(opened); break;
            case BasesEnded: _state = (State.Gathering)_state with { BasesEnded = true }; break;
            case StunServerPending: _namesPending++; break;
            case StunServerFound found: HandleServer(found.Server); break;
            case StunServerEnded: _namesPending--; break;
            case RelayPending: _relaysPending++; break;
            case RelayFound relay: _instructions.Enqueue(new GatheredCandidate(LocalCandidateFound.Relayed(relay.Base, relay.Relayed, relay.Mapped, relay.Server))); break;
            case RelayEnded: _relaysPending--; break;
            default: throw new ArgumentOutOfRangeException(nameof(fact), fact, "Not a fact of gathering.");
        }
        Advance(now);
    }

    public void HandleDeadline(Instant now) => Advance(now);

    /// <summary>
    /// What a STUN server answers. Nothing proves it but the transaction's random number and the source (RFC 8489 §6.3.3); a wrong answer costs a candidate that does not work.
    /// </summary>
    public void HandleStun(IceBase local, in TransportAddress from, ReadOnlySpan<byte> message, Instant now)
    {
        if (!StunMessage.TryParse(message, out var response) || response.Method != StunMethod.Binding || response.Class is StunClass.Request or StunClass.Indication) return;
        var id = response.Id;
        var index = _asked.FindIndex(asked => asked.Transaction.Id == id);
        if (index < 0) return;
        var inquiry = _asked[index].Inquiry;
        if (inquiry.Base != local || inquiry.Server != from) return;
        _asked.RemoveAt(index);
        var isMapped = response.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var mapped) || response.TryGetAddress(StunAttributeType.MappedAddress, out mapped);
        // RFC 8445 §5.1.3: without a NAT in between it is the host candidate once more, which is not told twice.
        var isNew = isMapped && response.Class == StunClass.SuccessResponse && mapped.IsDestination() && !_bases.Contains((local, mapped));
        if (isNew) _instructions.Enqueue(new GatheredCandidate(LocalCandidateFound.ServerReflexive(local, mapped, inquiry.BaseAddress, inquiry.Server)));
        Advance(now);
    }

    private void HandleBase(BaseOpened opened)
    {
        if (_bases.Contains((opened.Base, opened.Address))) return;
        _bases.Add((opened.Base, opened.Address));
        _instructions.Enqueue(new GatheredCandidate(LocalCandidateFound.Host(opened.Base, opened.Address)));
        foreach (var server in _servers) Inquire(opened.Base, opened.Address, server);
    }

    private void HandleServer(TransportAddress server)
    {
        if (_servers.Contains(server) || _servers.Count >= _options.ServersMax) return;
        _servers.Add(server);
        foreach (var (@base, address) in _bases) Inquire(@base, address, server);
    }

    /// <summary>Once for each base: addresses that share a socket are seen alike by a server, as the system chooses the source.</summary>
    private void Inquire(IceBase @base, TransportAddress address, TransportAddress server)
    {
        if (!address.CanReach(server) || _inquiries.Exists(known => known.Base == @base && known.Server == server)) return;
        var inquiry = new Inquiry(@base, address, server);
        _inquiries.Add(inquiry);
        _waiting.Enqueue(inquiry);
    }

    private void Advance(Instant now)
    {
        if (_state is not State.Gathering gathering) return;
        while (_waiting.Count > 0 && _pacer.TryTake(now)) Ask(now);
        for (var i = 0; i < _asked.Count; i++)
        {
            var (inquiry, transaction) = _asked[i];
            switch (transaction.HandleDeadline(now))
            {
                case StunTransactionStep.SendAgain: _instructions.Enqueue(new SendInquiry(inquiry.Base, inquiry.Server, transaction.Request, transaction.Id)); break;
                case StunTransactionStep.TimedOut: _asked.RemoveAt(i--); break;
            }
        }
        var isDone = gathering.BasesEnded && _waiting.Count == 0 && _asked.Count == 0 && _relaysPending <= 0 && _namesPending <= 0;
        if (isDone || now >= gathering.EndsAt)
        {
            _state = new State.Ended();
            _instructions.Enqueue(new GatheringEnded(isDone));
            NextDeadline = null;
            return;
        }
        Instant? deadline = gathering.EndsAt;
        if (_waiting.Count > 0) deadline = Instant.Earlier(deadline, _pacer.NextAt(now));
        foreach (var (_, transaction) in _asked) deadline = Instant.Earlier(deadline, transaction.NextDeadline);
        NextDeadline = deadline;
    }

    private void Ask(Instant now)
    {
        var inquiry = _waiting.Dequeue();
        var id = StunTransactionId.Draw(_random);
        var buffer = new byte[StunMessage.HeaderLength + 8];
        var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, id);
        writer.WriteFingerprint();
        _asked.Add((inquiry, new StunTransaction(id, buffer, _options.Inquiries, now)));
        _instructions.Enqueue(new SendInquiry(inquiry.Base, inquiry.Server, buffer, id));
    }
}
