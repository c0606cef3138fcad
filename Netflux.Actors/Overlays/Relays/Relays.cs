using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Wire;

namespace Netflux.Overlays.Relays;

/// <summary>
/// Relayed links of one network: a member passes sealed messages between two of its neighbours that cannot link. The parts of the carrier and of the ends are apart; a flag in the header
/// says whose a frame is. Frames that fit no circuit are dropped: what ended on one side may still be under way from the other.
/// </summary>
internal sealed class Relays : IProtocolCore<RelayFact, RelayInstruction>
{
    private readonly Queue<RelayInstruction> _outbox = new();
    private readonly SortedDictionary<PeerId, LinkPath> _neighbours = [];
    private readonly RelayCarrier _carrier;
    private readonly RelayEnds _ends;

    public Relays(PeerId self, bool carries, RelayOptions options)
    {
        _carrier = new(self, carries, options, _neighbours, _outbox);
        _ends = new(self, options, _neighbours, _outbox);
    }

    public Instant? NextDeadline => Instant.Earlier(_carrier.NextDeadline, _ends.NextDeadline);

    public void HandleDeadline(Instant now)
    {
        _carrier.HandleDeadline(now);
        _ends.HandleDeadline(now);
    }

    public bool TryTake([NotNullWhen(true)] out RelayInstruction? instruction) => _outbox.TryDequeue(out instruction);

    public void Handle(RelayFact fact, Instant now)
    {
        switch (fact)
        {
            case RelayNeighbourUp up:
                _neighbours[up.Neighbour] = up.Path;
                if (up.Path == LinkPath.Relayed) HandleGone(up.Neighbour);
                break;
            case RelayNeighbourGone gone:
                _neighbours.Remove(gone.Neighbour);
                HandleGone(gone.Neighbour);
                break;
            case RelayFrameReceived received: OnFrame(received, now); break;
            case RelayTaken taken: _carrier.HandleTaken(taken.Ticket); break;
            case OpenCircuit open: _ends.HandleOpen(open, now); break;
            case WriteCircuit write: _ends.HandleWrite(write); break;
            case ReadCircuit read: _ends.HandleRead(read); break;
            case CloseCircuit close: _ends.HandleClose(close); break;
            default: throw new ArgumentOutOfRangeException(nameof(fact), fact, "Not a fact of relays.");
        }
    }

    /// <summary>A neighbour without a direct link is as good as none: a relay over a relay could run in a circle.</summary>
    private void HandleGone(PeerId neighbour)
    {
        _carrier.HandleGone(neighbour);
        _ends.HandleGone(neighbour);
    }

    private void OnFrame(RelayFrameReceived received, Instant now)
    {
        if (!RelayHeader.TryParse(received.Body.Span, out var header)) return;
        var record = received.Body[RelayHeader.Size..];
        if (header.FromCarrier) _ends.OnFrame(received.From, header, record, now);
        else _carrier.OnFrame(received.From, header, record, now);
    }
}
