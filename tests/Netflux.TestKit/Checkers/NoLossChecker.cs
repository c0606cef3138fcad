using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.TestKit;

/// <summary>What was accepted arrives at every member that was one then and has not left since, while both run: within the resume window no link's death loses anything.</summary>
public sealed class NoLossChecker : IContractChecker
{
    /// <inheritdoc />
    public bool MayBeMendedByTime => true;

    /// <inheritdoc />
    public IEnumerable<string> Violations(NetfluxWorld world)
    {
        ArgumentNullException.ThrowIfNull(world);
        var views = new MemberViews(world);
        // Receivers by what they heard, and how often.
        var heard = new Dictionary<(string Receiver, PeerId From, NetworkId Network, string Key), int>();
        foreach (var item in world.History.OfType<HeardEvent>())
            if (item.Message is MessageReceived message)
            {
                var key = (item.Peer.Name, message.From.Id, message.Network.Id, PayloadKey.Of(message.Payload.Span));
                heard[key] = heard.GetValueOrDefault(key) + 1;
            }
        var due = new Dictionary<(string Receiver, PeerId From, NetworkId Network, string Key), int>();
        foreach (var sent in world.History.OfType<SentMessage>())
        {
            if (!sent.IsTold || sent.IsRefused || !sent.Peer.IsRunning || sent.Peer.Runs != sent.Run) continue;
            foreach (var receiver in world.Peers)
            {
                if (receiver == sent.Peer || !receiver.IsRunning || receiver.IsPaused || sent.To is { } to && to != receiver.Id) continue;
                if (!views.HasSeenSince(sent.Peer, sent.Network, receiver.Id, sent.At) || !views.HasSeenSince(receiver, sent.Network, sent.Peer.Id, sent.At)) continue;
                var key = (receiver.Name, sent.Peer.Id, sent.Network, sent.Key);
                due[key] = due.GetValueOrDefault(key) + 1;
            }
        }
        foreach (var (key, times) in due)
            if (heard.GetValueOrDefault(key) < times)
                yield return $"{key.Receiver} has not heard {key.Key} of {world.Find(key.From)}, and both are members of {key.Network.Short}.";
    }
}

/// <summary>Who sees whom in which network, since when, by what subscribers were told.</summary>
internal sealed class MemberViews
{
    private readonly Dictionary<(string Of, NetworkId Network), Dictionary<PeerId, TimeSpan>> _views = [];

    public MemberViews(NetfluxWorld world)
    {
        foreach (var item in world.History)
        {
            if (item is PeerChanged changed)
            {
                foreach (var key in _views.Keys.Where(key => key.Of == changed.Peer.Name && !changed.Peer.IsRunning).ToList()) _views.Remove(key);
                continue;
            }
            if (item is not HeardEvent heard || heard.Run != heard.Peer.Runs || !heard.Peer.IsRunning) continue;
            switch (heard.Message)
            {
                case NetworkCreated created: _views[(heard.Peer.Name, created.Network.Id)] = []; break;
                case NetworkJoined joined: _views[(heard.Peer.Name, joined.Network.Id)] = joined.Members.ToDictionary(member => member.Id, _ => heard.At); break;
                case NetworkLeft left: _views.Remove((heard.Peer.Name, left.Network)); break;
                case PeerJoining joining when _views.TryGetValue((heard.Peer.Name, joining.Network.Id), out var view): view[joining.Peer.Id] = heard.At; break;
                case PeerLeaving leaving when _views.TryGetValue((heard.Peer.Name, leaving.Network.Id), out var view): view.Remove(leaving.Peer.Id); break;
            }
        }
    }

    public IReadOnlyCollection<(string Of, NetworkId Network)> All => _views.Keys;

    public IReadOnlyCollection<PeerId> Of(string peer, NetworkId network) => _views.TryGetValue((peer, network), out var view) ? view.Keys : [];

    public bool IsMember(string peer, NetworkId network) => _views.ContainsKey((peer, network));

    public bool HasSeenSince(TestPeer of, NetworkId network, PeerId other, TimeSpan since) =>
        _views.TryGetValue((of.Name, network), out var view) && view.TryGetValue(other, out var at) && at <= since;
}
