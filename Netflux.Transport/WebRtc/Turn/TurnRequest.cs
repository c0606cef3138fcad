using Netflux.Core;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Turn;

internal enum TurnRequestKind
{
    Allocate,
    Refresh,
    Bind,
}

/// <summary>A request on its way. Asked again with a fresh nonce it is another transaction.</summary>
/// <param name="Peer">Of a binding.</param>
/// <param name="Nonces">How often a fresh nonce was asked for.</param>
internal sealed record TurnRequest(TurnRequestKind Kind, TurnPeer? Peer, StunTransaction Transaction, int Nonces);

/// <summary>A peer with whom we talk through the relay, by a channel of its own.</summary>
internal sealed class TurnPeer(TransportAddress address, ushort channel)
{
    public TransportAddress Address => address;

    public ushort Channel => channel;

    /// <summary>The server has confirmed the channel.</summary>
    public bool IsBound { get; set; }

    /// <summary>The server does not relay for it; asked again no sooner than a binding would be made anew.</summary>
    public bool IsRefused { get; set; }

    /// <summary>A request for it is on its way.</summary>
    public bool IsAsked { get; set; }

    /// <summary>Something was sent or received since the last binding: only then is it made anew.</summary>
    public bool IsUsed { get; set; }

    public Instant BindAt { get; set; }

    /// <summary>Datagrams for the peer, while it is not bound.</summary>
    public List<byte[]> Waiting { get; } = [];
}
