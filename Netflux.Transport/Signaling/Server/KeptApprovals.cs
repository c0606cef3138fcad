using System.Diagnostics.CodeAnalysis;
using Netflux.Identity;

namespace Netflux.Transport.Signaling.Server;

/// <summary>Who wishes to be let into a network that is remembered, and what members decided, until the peer has come. It keeps what was stored.</summary>
internal sealed class KeptApprovals
{
    private readonly SortedDictionary<PeerId, ApprovalKept> _waiting = [];
    private readonly SortedDictionary<PeerId, ApprovalSettled> _decided = [];

    public int Waiting => _waiting.Count;

    public bool IsWaiting(PeerId peer) => _waiting.ContainsKey(peer);

    public bool TryFindDecision(PeerId peer, [NotNullWhen(true)] out ApprovalSettled? decision) => _decided.TryGetValue(peer, out decision);

    /// <summary>The first after this one, in the order of ids.</summary>
    public ApprovalKept? NextAfter(PeerId? after) => _waiting.Values.FirstOrDefault(asked => !(asked.Peer <= after));

    public void Apply(RoomEvent happened)
    {
        switch (happened)
        {
            case ApprovalKept asked:
                _decided.Remove(asked.Peer);
                _waiting[asked.Peer] = asked;
                break;
            case ApprovalSettled decided:
                _waiting.Remove(decided.Peer);
                if (decided.By != decided.Peer) _decided[decided.Peer] = decided;
                break;
            case MemberPut member:
                _waiting.Remove(member.Member);
                _decided.Remove(member.Member);
                break;
        }
    }

    /// <summary>Lets go what is over; of decisions that are more than are kept the oldest. What a restart takes up again goes the same way.</summary>
    public void Trim(DateTimeOffset now, SignalingServerOptions options)
    {
        foreach (var asked in _waiting.Values.Where(asked => asked.At + IdentityOptions.ApprovalLife <= now).ToList()) _waiting.Remove(asked.Peer);
        foreach (var decided in _decided.Values.Where(decided => decided.At + options.ApprovalDecisionsKept <= now).ToList()) _decided.Remove(decided.Peer);
        while (_decided.Count > options.ApprovalDecisionsMax) _decided.Remove(_decided.Values.MinBy(decided => decided.At)!.Peer);
    }

    public IEnumerable<RoomEvent> Compact() => [.. _waiting.Values, .. _decided.Values];
}
