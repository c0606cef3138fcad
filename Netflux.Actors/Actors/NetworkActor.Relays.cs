using System.Buffers;
using Akka.Actor;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Overlays;
using Netflux.Overlays.Relays;
using Netflux.Wire;

namespace Netflux.Actors;

// Relays: circuits that this member carries for others, and its own relayed links.
internal sealed partial class NetworkActor
{
    private readonly CoreDriver<RelayFact, RelayInstruction> _relays;
    private readonly Dictionary<CircuitId, Circuit> _circuits = [];
    private long _lastCircuit;

    private CoreDriver<RelayFact, RelayInstruction> NewRelays() =>
        new(Context, new Relays(_setup.Keys.Id, _setup.Options.Relays, new RelayOptions()), Carry, _log, $"network-{_id.Short}/relays");

    private bool TryHandleRelay(object message)
    {
        switch (message)
        {
            case OwnCircuit own when _circuits.TryGetValue(own.Circuit, out var circuit): HandleOwner(circuit, own.Owner); break;
            case OwnCircuit own: own.Owner.Tell(new RawLinkClosed(CloseCode.RelayClosed, "the circuit is closed")); break;
            case SendOnCircuit send: _relays.Handle(new WriteCircuit(send.Circuit, send.Message)); break;
            case CircuitRead read when _circuits.TryGetValue(read.Circuit, out var circuit): HandleRead(read.Circuit, circuit, read.Messages); break;
            case CircuitRead: break;
            case EndCircuit end: _relays.Handle(new CloseCircuit(end.Circuit, end.Code)); break;
            case RelayedFrameTaken taken: _relays.Handle(new RelayTaken(taken.Ticket)); break;
            case DeadlineDue due: return _relays.HandleDue(due);
            default: return false;
        }
        return true;
    }

    private void HandleOpenRelay(OpenRelayTo open)
    {
        var id = new CircuitId(++_lastCircuit);
        _circuits[id] = new Circuit(open.To, open.Way, Sender);
        _relays.Handle(new OpenCircuit(id, open.To, open.Way.Carrier));
    }

    private void HandleRelayFrame(PeerId from, ReadOnlyMemory<byte> body) => _relays.Handle(new RelayFrameReceived(from, body));

    private void RelayNeighbourIsUp(PeerId neighbour, LinkPath path) => _relays.Handle(new RelayNeighbourUp(neighbour, path));

    private void RelayNeighbourIsGone(PeerId neighbour) => _relays.Handle(new RelayNeighbourGone(neighbour));

    private void Carry(RelayInstruction instruction)
    {
        switch (instruction)
        {
            case SendRelay send: HandleSendRelay(send); break;
            case CircuitOpened opened: HandleOpened(opened); break;
            case CircuitReceived received when _circuits.TryGetValue(received.Circuit, out var circuit): HandleReceived(circuit, received.Record); break;
            case CircuitWritten written when _circuits.TryGetValue(written.Circuit, out var circuit): circuit.Owner?.Tell(new RawLinkWritten(written.Bytes)); break;
            case CircuitClosed closed: HandleClosed(closed); break;
        }
    }

    private void HandleSendRelay(SendRelay send)
    {
        var body = send.Header;
        if (send.Record.Length > 0)
        {
            var joined = new byte[send.Header.Length + send.Record.Length];
            send.Header.CopyTo(joined);
            send.Record.CopyTo(joined.AsMemory(send.Header.Length));
            body = joined;
        }
        var epoch = EpochWith(send.To);
        if (epoch.Neighbours.TryGetValue(send.To, out var neighbour)) neighbour.Ref.Tell(new SendOnChannel(epoch.Id, neighbour.Generation, FrameKind.Relay, FrameFlags.None, body) { Ticket = send.Ticket });
    }

    private void HandleOpened(CircuitOpened opened)
    {
        if (!_circuits.TryGetValue(opened.Circuit, out var circuit)) _circuits[opened.Circuit] = circuit = new Circuit(opened.Peer, null, null);
        var raw = new RelayedRawLink(Self, opened.Circuit, opened.Peer, opened.Carrier);
        _links.Tell(new BuildLink(raw, opened.Role, opened.Peer, circuit.Reporter, circuit.Way));
    }

    private static void HandleOwner(Circuit circuit, IActorRef owner)
    {
        circuit.Owner = owner;
        while (circuit.Early.TryDequeue(out var record)) Pass(circuit, record);
    }

    private static void HandleReceived(Circuit circuit, ReadOnlyMemory<byte> record)
    {
        if (circuit.Owner is null) circuit.Early.Enqueue(record);  // bounded by the circuit's window
        else Pass(circuit, record);
    }

    private static void Pass(Circuit circuit, ReadOnlyMemory<byte> record)
    {
        var pooled = ArrayPool<byte>.Shared.Rent(record.Length);
        record.CopyTo(pooled);
        circuit.Unread.Enqueue(record.Length);
        circuit.Owner!.Tell(new RawLinkReceived(pooled, record.Length));
    }

    private void HandleRead(CircuitId id, Circuit circuit, int messages)
    {
        var bytes = 0;
        for (; messages > 0 && circuit.Unread.TryDequeue(out var length); messages--) bytes += length;
        if (bytes > 0) _relays.Handle(new ReadCircuit(id, bytes));
    }

    private void HandleClosed(CircuitClosed closed)
    {
        if (!_circuits.Remove(closed.Circuit, out var circuit)) return;
        if (circuit.Owner is { } owner) owner.Tell(new RawLinkClosed(closed.Code, closed.Text));
        else circuit.Reporter?.Tell(new LinkNotProven(circuit.Way, closed.Code, closed.Text, null));
    }

    private void StopRelays()
    {
        _relays.Stop();
        foreach (var circuit in _circuits.Values) circuit.Owner?.Tell(new RawLinkClosed(CloseCode.RelayClosed, "the network has ended"));
    }

    private sealed class Circuit(PeerId peer, object? way, IActorRef? reporter)
    {
        public PeerId Peer { get; } = peer;
        /// <summary>Of circuits opened here: the token of <see cref="LinkNotProven"/>.</summary>
        public object? Way { get; } = way;
        public IActorRef? Reporter { get; } = reporter;
        public IActorRef? Owner { get; set; }
        public Queue<ReadOnlyMemory<byte>> Early { get; } = [];
        public Queue<int> Unread { get; } = [];
    }
}
