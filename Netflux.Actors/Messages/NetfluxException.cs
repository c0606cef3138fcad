using Netflux.Identity;

namespace Netflux.Messages;

/// <summary>The failure of a request: what went wrong, with which ids, whether trying again can help, and a text that says what to do.</summary>
public sealed class NetfluxException : Exception
{
    /// <summary>A failure of the given kind.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="message">One sentence for a person, saying what to do.</param>
    /// <param name="inner">The cause, where an exception is one.</param>
    public NetfluxException(NetfluxError error, string message, Exception? inner = null) : base(message, inner) => Error = error;

    /// <summary>What went wrong.</summary>
    public NetfluxError Error { get; }

    /// <summary>The request that failed, where there was one.</summary>
    public RequestId? Request { get; init; }

    /// <summary>The network concerned, where there was one.</summary>
    public NetworkId? Network { get; init; }

    /// <summary>The peer concerned, where there was one.</summary>
    public PeerId? Peer { get; init; }

    /// <summary>Whether the same request, said again later, can succeed.</summary>
    public bool CanRetry => Error is NetfluxError.ServerUnreachable or NetfluxError.ServerBusy or NetfluxError.PeerUnreachable or NetfluxError.HubUnreachable
        or NetfluxError.TimedOut or NetfluxError.NetworkNotFound or NetfluxError.NetworkFull or NetfluxError.SendWindowExceeded
        or NetfluxError.UnknownPeer or NetfluxError.IdentityInUse or NetfluxError.TooMany or NetfluxError.ApprovalAwaited;
}
