using System.Globalization;
using Akka.Actor;
using Netflux.Identity;

namespace Netflux.Messages;

/// <summary>What is said to and heard from Netflux inside one process. It fails loudly if it is sent over Akka.Remote.</summary>
public interface INetfluxMessage : INoSerializationVerificationNeeded;

/// <summary>Names one request of this process.</summary>
public readonly record struct RequestId(long Value)
{
    private static long s_last;

    /// <summary>The next id of this process.</summary>
    public static RequestId Next() => new(Interlocked.Increment(ref s_last));

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A request that is always answered: with its reply, or with <see cref="Status.Failure"/> carrying a <see cref="NetfluxException"/>.</summary>
public abstract record NetfluxRequest : INetfluxMessage
{
    /// <summary>Names the request, for <see cref="CancelRequest"/>.</summary>
    public RequestId RequestId { get; init; } = RequestId.Next();

    /// <summary>How long the facade waits before it answers with <see cref="NetfluxError.TimedOut"/>; null takes the default of the options.</summary>
    public TimeSpan? Deadline { get; init; }
}

/// <summary>A network of which this process is a member.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Ref">Its actor, for sends on the data path; it may be watched.</param>
/// <param name="Name">The name under which it was created or joined, where it has one.</param>
/// <param name="Address">Where others join it, where a server keeps its door.</param>
/// <param name="Topology">What its genesis says.</param>
public sealed record Network(NetworkId Id, IActorRef Ref, string? Name, NetworkAddress? Address, Topology Topology)
{
    /// <summary>Whether the server remembers it and its members, so that it can be joined when nobody is online.</summary>
    public bool IsTracked { get; init; }

    /// <inheritdoc />
    public bool Equals(Network? other) => other is not null && Id == other.Id && Ref.Equals(other.Ref);

    /// <inheritdoc />
    public override int GetHashCode() => Id.GetHashCode();

    /// <inheritdoc />
    public override string ToString() => Name ?? Id.ToString();
}

/// <summary>A remote peer.</summary>
/// <param name="Id">Its id, proven.</param>
/// <param name="Name">The display name that it gave, unproven.</param>
/// <param name="Ref">Its actor; it may be watched.</param>
public sealed record Peer(PeerId Id, string Name, IActorRef Ref)
{
    /// <inheritdoc />
    public bool Equals(Peer? other) => other is not null && Id == other.Id;

    /// <inheritdoc />
    public override int GetHashCode() => Id.GetHashCode();

    /// <inheritdoc />
    public override string ToString() => Name.Length == 0 ? Id.ToString() : $"{Name}#{Id.Short}";
}

/// <summary>How a message was addressed.</summary>
public enum Delivery
{
    /// <summary>To this peer alone.</summary>
    Direct,
    /// <summary>To all members of the network.</summary>
    Broadcast,
}

/// <summary>Why a peer is no longer a member, or no longer connected.</summary>
public enum PeerLeavingReason
{
    /// <summary>It left the network.</summary>
    Left = 1,
    /// <summary>Its process ended in order; it is still a member and may come back.</summary>
    WentOffline = 2,
    /// <summary>Nothing was heard of it for the time that the topology allows.</summary>
    ConnectionLost = 3,
    /// <summary>It is running again as a new incarnation; <see cref="PeerJoining"/> follows.</summary>
    Restarted = 4,
    /// <summary>It did not take messages within the grace of the topology and was dropped.</summary>
    TooSlow = 5,
    /// <summary>Its actor failed in this process.</summary>
    Faulted = 6,
    /// <summary>It broke the protocol and was cut off.</summary>
    ProtocolViolated = 7,
    /// <summary>It, or this process, ended the connection by <see cref="DisconnectPeer"/>.</summary>
    Disconnected = 8,
    /// <summary>The network has no room for it.</summary>
    NetworkFull = 9,
}
