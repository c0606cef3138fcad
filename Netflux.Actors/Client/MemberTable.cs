using System.Collections.Immutable;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Client;

/// <summary>Who is a member now, put together from the list of the reply and from the events, which may come in either order.</summary>
internal sealed class MemberTable
{
    private readonly Lock _gate = new();
    private ImmutableSortedDictionary<PeerId, Peer> _members = ImmutableSortedDictionary<PeerId, Peer>.Empty;
    private List<(Peer Peer, bool Joined)>? _beforeStart = [];
    private IReadOnlyList<Peer>? _snapshot;

    public IReadOnlyList<Peer> Snapshot
    {
        get { lock (_gate) return _snapshot ??= [.. _members.Values]; }
    }

    public bool Contains(PeerId peer)
    {
        lock (_gate) return _members.ContainsKey(peer);
    }

    public void Start(IEnumerable<Peer> listed)
    {
        lock (_gate)
        {
            _members = listed.ToImmutableSortedDictionary(peer => peer.Id, peer => peer);
            var seen = _beforeStart ?? [];
            _beforeStart = null;
            _snapshot = null;
            foreach (var (peer, joined) in seen) Apply(peer, joined);
        }
    }

    public void Joined(Peer peer) => Change(peer, joined: true);

    public void Left(Peer peer) => Change(peer, joined: false);

    private void Change(Peer peer, bool joined)
    {
        lock (_gate)
        {
            if (_beforeStart is { } list) list.Add((peer, joined));
            else Apply(peer, joined);
        }
    }

    private void Apply(Peer peer, bool joined)
    {
        _members = joined ? _members.SetItem(peer.Id, peer) : _members.Remove(peer.Id);
        _snapshot = null;
    }
}
