using Akka.Actor;
using Netflux.Messages;

namespace Netflux.Links;

/// <summary>
/// The link port: one connection that moves whole binary messages, in order, without knowing what they say. Implemented over WebSockets,
/// over WebRTC data channels, in memory, and through a relaying member. The owner is a LinkActor, which hears <see cref="RawLinkReceived"/>, <see cref="RawLinkWritten"/> and, last and
/// exactly once, <see cref="RawLinkClosed"/>.
/// </summary>
internal interface IRawLink
{
    LinkKind Kind { get; }

    /// <summary>The authority that the dialler dialled, as the dialler wrote it; on the listening side what the request named; null where links have none.</summary>
    string? Authority { get; }

    /// <summary>
    /// Of a connection that is encrypted between just these two ends: what names both of them, and no other connection; over DTLS both certificates' SHA-256 fingerprints, the dialler's and then the
    /// listener's. Proof signs it, and records are then not sealed a second time. Null where records have to be sealed.
    /// </summary>
    ReadOnlyMemory<byte>? Binding { get; }

    /// <summary>The other end, for logs and limits: an IP address without a port where there is one.</summary>
    string RemoteAddress { get; }

    /// <summary>The largest message that both sides take.</summary>
    int MessageBytesMax { get; }

    /// <summary>Begins reading, for this owner. At most <paramref name="readAhead"/> messages are told before <see cref="ReadMore"/> asks for others.</summary>
    void Start(IActorRef owner, int readAhead);

    /// <summary>The owner is done with this many messages.</summary>
    void ReadMore(int messages);

    /// <summary>
    /// Sends one message; the buffer belongs to the link from now on and is returned to <see cref="System.Buffers.ArrayPool{T}.Shared"/> afterwards. Never blocks;
    /// the owner keeps what is not yet <see cref="RawLinkWritten"/> within its limit. After a close it does nothing.
    /// </summary>
    void Send(byte[] pooled, int length);

    /// <summary>Closes, at once where <paramref name="abrupt"/>, else after what was sent, within a second. Can be called again.</summary>
    void Close(CloseCode code, string text, bool abrupt = false);
}

/// <summary>One message came; the buffer is rented from <see cref="System.Buffers.ArrayPool{T}.Shared"/> and now the owner's.</summary>
internal sealed record RawLinkReceived(byte[] Pooled, int Length) : INetfluxMessage;

/// <summary>Bytes left for the other end: room for more.</summary>
internal sealed record RawLinkWritten(int Bytes) : INetfluxMessage;

/// <summary>The last word of a raw link.</summary>
internal sealed record RawLinkClosed(CloseCode Code, string Text) : INetfluxMessage;

/// <summary>Opens raw links to addresses. The asker hears <see cref="LinkDialled"/> or <see cref="LinkDialFailed"/>.</summary>
internal interface ILinkDialer
{
    /// <summary>Whether an advertised address may be dialled at all (DESIGN §10): the right scheme and path, and a private address only where we have one of the kind.</summary>
    bool MayDial(Uri address);

    /// <summary>Dials; <paramref name="token"/> comes back in the answer. Gives up by itself after its own limit.</summary>
    void Dial(Uri address, object token, IActorRef asker);
}

internal sealed record LinkDialled(object Token, Uri Address, IRawLink Link) : INetfluxMessage;

/// <param name="Failure">The kind, for decisions.</param>
/// <param name="Why">One sentence that names the address, for people.</param>
/// <param name="RetryAfter">When to come again, where the other end said so.</param>
internal sealed record LinkDialFailed(object Token, Uri Address, DialFailure Failure, string Why, TimeSpan? RetryAfter = null) : INetfluxMessage;

/// <summary>What kind of failure a dial met.</summary>
internal enum DialFailure
{
    /// <summary>The name does not resolve, nothing listens there, the connection was reset, or TLS was not agreed on.</summary>
    Unreachable,
    /// <summary>Something answered that does not speak WebSocket on this path: another HTTP status than 101, or no HTTP at all.</summary>
    NotWebSocket,
    /// <summary>It was refused on purpose: HTTP 429 or 503, or <see cref="ILinkDialer.MayDial"/> says no.</summary>
    Refused,
    /// <summary>HTTP 401 or 403: the other end asks for an access token, or does not take this one.</summary>
    AccessDenied,
    /// <summary>No answer within the dialler's own limit.</summary>
    TimedOut,
}

/// <summary>Where other peers can dial this process. Changes are told to the facade as <see cref="ListeningOn"/>, incoming links as <see cref="LinkAccepted"/>.</summary>
internal interface ILinkListener
{
    /// <summary>Starts; the facade is told of addresses and links. A listener of its own also opens its socket here.</summary>
    void Start(IActorRef facade);

    /// <summary>Stops taking links.</summary>
    void Stop();
}

/// <summary>The listener is up: the URLs to advertise, and every authority that is its own.</summary>
internal sealed record ListeningOn(IReadOnlyList<Uri> Advertised, IReadOnlyList<string> OwnAuthorities) : INetfluxMessage;

internal sealed record ListeningFailed(string Why) : INetfluxMessage;

/// <summary>Somebody dialled this process.</summary>
internal sealed record LinkAccepted(IRawLink Link) : INetfluxMessage;
