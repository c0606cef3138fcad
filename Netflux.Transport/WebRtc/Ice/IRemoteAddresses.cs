namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Why an agent wants a remote address for itself.</summary>
internal enum HoldReason
{
    /// <summary>A check is about to be sent there.</summary>
    Checking,

    /// <summary>An authenticated check came from there.</summary>
    Asked,

    /// <summary>A check was answered from there: its other end is this connection's.</summary>
    Answered,
}

/// <summary>
/// Which remote addresses are of this connection, where connections share sockets; asked by an agent, answered at once. What comes from an address that is held is of this connection,
/// DTLS too, which may come before <see cref="PairSelected"/>.
/// </summary>
internal interface IRemoteAddresses
{
    /// <summary>
    /// Whether this side checks an address although another connection of ours holds it, and gets it if it is answered from there. Only one side of a connection may: two sides that took
    /// addresses could each take one end of the same pair for another connection.
    /// </summary>
    bool MayTake { get; }

    /// <summary>Holds what comes from this address at this base. False where another connection has the better right.</summary>
    bool TryHold(IceBase @base, in TransportAddress remote, HoldReason reason);

    void Release(IceBase @base, in TransportAddress remote);
}
