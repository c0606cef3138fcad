namespace Netflux.Simulation.Network;

/// <summary>
/// How what nodes say gets to others. In a <see cref="Sessions.SessionNetwork"/> it travels as in production: encoded, in the frames of sessions, whose links die and are followed by others. In a
/// <see cref="VirtualNetwork"/> the cores' messages travel themselves: for what sessions never do to an overlay, and for the papers' experiments, in which a connection ends with its process.
/// </summary>
internal interface ICarrier
{
    void Add(ILinkUser user);

    /// <summary>A run of the node begins.</summary>
    void Start(int node);

    /// <summary>Opens a link, or what stands for it, with its first message. On one that is there it is a message like any other.</summary>
    void Open(int from, int to, object first);

    void Send(int from, int to, object message);

    /// <summary>The other end hears of it after all that was said before.</summary>
    void Close(int from, int to);

    /// <summary>All that the node says at this moment is said.</summary>
    void Flush(int node);

    /// <summary>The node goes in order; what it said last still goes out.</summary>
    void Leave(int node);

    /// <summary>The node's process is gone.</summary>
    void Crash(int node);

    /// <summary>What goes from the first to the second node does not arrive, until <see cref="Heal"/>.</summary>
    void Cut(Func<int, int, bool> isCut);

    void Heal();
}

/// <summary>Who hears what the network does.</summary>
internal interface ILinkUser
{
    bool IsAlive { get; }
    bool IsSlow { get; }

    /// <summary>Which run this is: its incarnation.</summary>
    ulong Run { get; }

    void HandleMessage(int from, object message);
    void HandleLinkGone(int peer);

    /// <summary>The peer takes no more broadcasts for now, or takes some again.</summary>
    void HandleCongestion(int peer, bool isCongested);
}
