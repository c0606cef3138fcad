using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Signaling;

namespace Netflux.Actors;

/// <summary>One request that is not answered yet, and what is known of its way so far.</summary>
internal sealed class OpenRequest(NetfluxRequest request, IActorRef requester, Instant deadline)
{
    public Instant Begun { get; init; }
    public Activity? Activity { get; init; }
    public NetfluxRequest Request { get; } = request;
    public RequestId Id => Request.RequestId;
    public IActorRef Requester { get; } = requester;
    public Instant Deadline { get; } = deadline;
    public Genesis? Genesis { get; set; }
    public Uri? Server { get; set; }
    /// <summary>The server remembers the network, and has this peer as a member or is asked to.</summary>
    public DoorOpened? Tracked { get; set; }
    public bool IsTracked => Tracked is not null;
    public string? Name { get; set; }
    public string? MeetingKey { get; set; }
    public NetworkId? Network { get; set; }
    public PeerId? Peer { get; set; }
    public ulong Invitation { get; set; }
    /// <summary>Of a join by invitation.</summary>
    public Admission? Admission { get; set; }
    /// <summary>This process has asked to be let in.</summary>
    public bool HasAsked { get; set; }
    /// <summary>And the server has said that it waits.</summary>
    public bool IsAwaited { get; set; }
    /// <summary>Nobody could be reached, and the server has been asked who is still there.</summary>
    public bool HasLookedAgain { get; set; }
    public HeardMember? Inviter { get; set; }
    /// <summary>The kept join request that is accepted by this.</summary>
    public JoinRequestId? Accepts { get; set; }
    /// <summary>A join request that is to be kept: for somebody who is not connected.</summary>
    public KeepingRequest? Keeping { get; set; }
}

/// <summary>On its way to the server of a network of which both are members.</summary>
/// <param name="Until">When it ends.</param>
/// <param name="Through">Networks that are still to be looked into.</param>
internal sealed record KeepingRequest(DateTimeOffset Until, Queue<NetworkId> Through)
{
    /// <summary>Whose list of members is asked for.</summary>
    public NetworkId? Asked { get; set; }
    /// <summary>The answer, once the server has stored it.</summary>
    public JoinRequestKept? Kept { get; set; }
}

/// <summary>The facade's open requests, by id and by deadline: so that every Ask is answered.</summary>
internal sealed class OpenRequests
{
    private readonly Dictionary<RequestId, OpenRequest> _byId = [];
    private readonly PriorityQueue<OpenRequest, long> _byDeadline = new();

    public int Count => _byId.Count;

    public Instant? NextDeadline
    {
        get
        {
            while (_byDeadline.TryPeek(out var first, out _) && !ReferenceEquals(_byId.GetValueOrDefault(first.Id), first)) _byDeadline.Dequeue();
            return _byDeadline.TryPeek(out var next, out _) ? next.Deadline : null;
        }
    }

    public void Add(OpenRequest request)
    {
        _byId[request.Id] = request;
        _byDeadline.Enqueue(request, request.Deadline.Ticks);
    }

    public bool TryGet(RequestId id, [NotNullWhen(true)] out OpenRequest? request) => _byId.TryGetValue(id, out request);

    public bool TryClose(RequestId id, [NotNullWhen(true)] out OpenRequest? request) => _byId.Remove(id, out request);

    public OpenRequest? Find(Func<OpenRequest, bool> wanted) => _byId.Values.FirstOrDefault(wanted);

    public IReadOnlyList<OpenRequest> FindAll(Func<OpenRequest, bool> wanted) => [.. _byId.Values.Where(wanted)];

    /// <summary>Closes and returns the requests whose deadline has come.</summary>
    public IReadOnlyList<OpenRequest> Expire(Instant now)
    {
        var expired = new List<OpenRequest>();
        while (NextDeadline is { } deadline && deadline <= now && TryClose(_byDeadline.Dequeue().Id, out var request)) expired.Add(request);
        return expired;
    }
}
