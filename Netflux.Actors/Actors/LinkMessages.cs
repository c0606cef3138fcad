using Akka.Actor;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Sessions;

namespace Netflux.Actors;

// The conversation between the links' supervisor, the links, and the peers above them.

/// <summary>Make a link of this connection; said to the links' supervisor.</summary>
/// <param name="Expected">Whom the dialler means; null on accepted links.</param>
/// <param name="Reporter">Hears <see cref="LinkNotProven"/>; null where nobody waits.</param>
/// <param name="Token">Comes back to the reporter.</param>
internal sealed record BuildLink(IRawLink Raw, LinkRole Role, PeerId? Expected, IActorRef? Reporter, object? Token) : INetfluxMessage;

/// <summary>The link's handshake failed, and why.</summary>
internal sealed record LinkNotProven(object? Token, CloseCode Code, string Text, Incarnation? Seen) : INetfluxMessage;

/// <summary>A link has passed its handshake; travels through the facade to the peer's actor, which answers with <see cref="OwnLink"/>.</summary>
/// <param name="Address">Of a link that the peer dialled, else null.</param>
/// <param name="Token">Of <see cref="BuildLink"/>; null where the peer dialled.</param>
/// <param name="RemoteAddress">For people.</param>
internal sealed record ProvenLink(IActorRef Link, LinkProven Proven, string? Address, object? Token, string RemoteAddress) : INetfluxMessage
{
    /// <summary>By which the attempt that led to it is found.</summary>
    public object Key => Token ?? Proven.Link;
}

/// <summary>The peer's actor takes the link: records go to it from now on.</summary>
internal sealed record OwnLink(IActorRef Owner) : INetfluxMessage;

/// <summary>One opened record; the bytes belong to the receiver.</summary>
internal sealed record RecordReceived(LinkId Link, ReadOnlyMemory<byte> Record) : INetfluxMessage;

/// <summary>Seal and send one record. The buffer is pooled, has room for the seal, and belongs to the link from now on.</summary>
internal sealed record SendRecord(byte[] Pooled, int Length) : INetfluxMessage;

/// <summary>The peer's actor is done with one record.</summary>
internal sealed record RecordConsumed : INetfluxMessage
{
    public static readonly RecordConsumed Instance = new();
}

/// <summary>Close the link, telling the other side why.</summary>
internal sealed record CloseLinkWith(CloseCode Code, string Text, Incarnation? Seen = null) : INetfluxMessage;

/// <summary>The session cut the link off for breaking the rules; said by the link to its supervisor.</summary>
/// <param name="Address">Of a link that the peer dialled, else null.</param>
internal sealed record LinkCutOff(PeerId Peer, string? Address, CloseCode Code) : INetfluxMessage;

/// <summary>What this process can be called, and where it can be dialled.</summary>
internal sealed record OwnAddresses(IReadOnlyList<Uri> Advertised, IReadOnlyList<string> Authorities) : INetfluxMessage
{
    public static readonly OwnAddresses None = new([], []);
}
