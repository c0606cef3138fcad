using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.TestKit;

/// <summary>
/// At a subscriber, per network: the reply first; <see cref="PeerJoining"/> before anything of a peer and <see cref="PeerLeaving"/> after its last message;
/// <see cref="NetworkLeft"/> last; members that a reply lists are not announced again.
/// </summary>
public sealed class EventOrderChecker : IContractChecker
{
    private sealed class View
    {
        public HashSet<PeerId> Members { get; } = [];
        public HashSet<PeerId> Suspected { get; } = [];
        public bool IsOver { get; set; }
    }

    /// <inheritdoc />
    public bool MayBeMendedByTime => false;

    /// <inheritdoc />
    public IEnumerable<string> Violations(NetfluxWorld world)
    {
        ArgumentNullException.ThrowIfNull(world);
        var views = new Dictionary<(string Peer, int Run, NetworkId Network), View>();
        foreach (var heard in world.History.OfType<HeardEvent>())
        {
            if (NetworkOf(heard.Message) is not { } network) continue;
            var key = (heard.Peer.Name, heard.Run, network);
            var known = views.TryGetValue(key, out var view);
            if (heard.Message is NetworkCreated or NetworkJoined)
            {
                if (known && !view!.IsOver) yield return $"{heard.Peer} heard {world.Describe(heard.Message)} while it is a member.";
                views[key] = view = new View();
                if (heard.Message is NetworkJoined joined) view.Members.UnionWith(joined.Members.Select(member => member.Id));
            }
            else if (!known || view!.IsOver)
                yield return $"{heard.Peer} heard {world.Describe(heard.Message)} {(known ? "after NetworkLeft" : "before the network's reply")}.";
            else if (Judge(view, heard.Message) is { } wrong)
                yield return $"{heard.Peer} heard {world.Describe(heard.Message)}, {wrong}.";
        }
    }

    private static string? Judge(View view, object message)
    {
        switch (message)
        {
            case PeerJoining m: return view.Members.Add(m.Peer.Id) ? null : "which was announced already";
            case PeerLeaving m:
                view.Suspected.Remove(m.Peer.Id);
                return view.Members.Remove(m.Peer.Id) ? null : "which was never announced";
            case PeerSuspected m: return !view.Members.Contains(m.Peer.Id) ? "which is no member" : view.Suspected.Add(m.Peer.Id) ? null : "which is suspected already";
            case PeerRecovered m: return view.Suspected.Remove(m.Peer.Id) ? null : "which was not suspected";
            case MessagesUndelivered m: return view.Members.Contains(m.Peer) ? null : "after the leave that it should explain";
            case MessageReceived m: return view.Members.Contains(m.From.Id) ? null : "from a peer that is no member here";
            case NetworkLeft:
                view.IsOver = true;
                return null;
            default: return null;
        }
    }

    private static NetworkId? NetworkOf(object message) => message switch
    {
        NetworkCreated m => m.Network.Id,
        NetworkJoined m => m.Network.Id,
        NetworkLeft m => m.Network,
        PeerJoining m => m.Network.Id,
        PeerLeaving m => m.Network.Id,
        PeerSuspected m => m.Network.Id,
        PeerRecovered m => m.Network.Id,
        MessagesUndelivered m => m.Network,
        MessageReceived m => m.Network.Id,
        _ => null,
    };
}
