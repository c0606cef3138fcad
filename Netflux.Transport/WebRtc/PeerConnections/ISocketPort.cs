namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>A socket on which a connection may send and receive, and the addresses by which others reach it.</summary>
internal sealed record LocalSocket(int Id, IReadOnlyList<TransportAddress> Hosts);

/// <summary>What a connection asks of the sockets below it (DESIGN §9), answered at once.</summary>
internal interface ISocketPort
{
    /// <summary>The one that serves all connections.</summary>
    LocalSocket Main { get; }

    /// <summary>A further socket for this connection alone, closed with it. Null where there are as many as there may be.</summary>
    LocalSocket? OpenFurther();

    /// <summary>
    /// What comes from this address on this socket is for this connection, unless another holds it. Addresses that the other side told are held until somebody
    /// else proves, by an authenticated check, that they are his.
    /// </summary>
    bool TryHold(int socket, in TransportAddress remote, bool isProven);

    void Release(int socket, in TransportAddress remote);

    /// <summary>Checks that name this fragment of ours are for this connection. False where another has it.</summary>
    bool TryAddFragment(string fragment);

    void RemoveFragment(string fragment);
}
