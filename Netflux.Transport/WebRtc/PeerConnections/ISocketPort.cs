namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>A socket on which a connection may send and receive, and the addresses by which others reach it.</summary>
internal sealed record LocalSocket(int Id, IReadOnlyList<TransportAddress> Hosts);

/// <summary>How much a connection's wish for a remote address counts against another's.</summary>
internal enum HoldRight
{
    /// <summary>The other side has told the address: it is held until somebody has a better right.</summary>
    Reserve,

    /// <summary>The address is used: only who may take it gets it.</summary>
    Hold,

    /// <summary>It is known that the other end is of this connection, and of no other.</summary>
    Take,
}

/// <summary>What a connection asks of the sockets below it (DESIGN §9), answered at once.</summary>
internal interface ISocketPort
{
    /// <summary>The one that serves all connections.</summary>
    LocalSocket Main { get; }

    /// <summary>A further socket for this connection alone, closed with it. Null where there are as many as there may be.</summary>
    LocalSocket? OpenFurther();

    /// <summary>What comes from this address on this socket is for this connection, unless another holds it with a right that is not less.</summary>
    bool TryHold(int socket, in TransportAddress remote, HoldRight right);

    void Release(int socket, in TransportAddress remote);

    /// <summary>Checks that name this fragment of ours are for this connection. False where another has it.</summary>
    bool TryAddFragment(string fragment);

    void RemoveFragment(string fragment);

    /// <summary>
    /// Begins a TCP connection to a TURN server. What comes from it and what goes to it has its number, which is negative, in the place of a socket's; what is sent
    /// before it is established waits.
    /// </summary>
    void DialStream(int stream, in TransportAddress server);

    void CloseStream(int stream);
}
