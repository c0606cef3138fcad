using System.Buffers;
using Akka.Actor;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Overlays.Relays;

namespace Netflux.Actors;

/// <summary>A raw link whose messages a member of the network carries. The network's actor moves them; it tells the owner what comes.</summary>
internal sealed class RelayedRawLink(IActorRef network, CircuitId circuit, PeerId peer, PeerId carrier) : IRawLink
{
    public LinkKind Kind => LinkKind.Relayed;

    public string? Authority => null;

    public ReadOnlyMemory<byte>? Binding => null;

    public string RemoteAddress => $"{peer} by way of {carrier}";

    public int MessageBytesMax => RelayOptions.LinkMessageBytesMax;

    public void Start(IActorRef owner, int readAhead) => network.Tell(new OwnCircuit(circuit, owner));

    public void ReadMore(int messages) => network.Tell(new CircuitRead(circuit, messages));

    public void Send(byte[] pooled, int length)
    {
        network.Tell(new SendOnCircuit(circuit, pooled.AsSpan(0, length).ToArray()));   // copied: the session that carries it may send it again later
        ArrayPool<byte>.Shared.Return(pooled);
    }

    public void Close(CloseCode code, string text, bool abrupt = false) => network.Tell(new EndCircuit(circuit, code));
}

// The conversation between a relayed link and the network that carries it.

internal sealed record OwnCircuit(CircuitId Circuit, IActorRef Owner) : INetfluxMessage;

internal sealed record CircuitRead(CircuitId Circuit, int Messages) : INetfluxMessage;

internal sealed record SendOnCircuit(CircuitId Circuit, ReadOnlyMemory<byte> Message) : INetfluxMessage;

internal sealed record EndCircuit(CircuitId Circuit, CloseCode Code) : INetfluxMessage;

/// <summary>The session with a neighbour has passed a relayed frame on: its memory is free.</summary>
internal sealed record RelayedFrameTaken(ulong Ticket) : INetfluxMessage;
