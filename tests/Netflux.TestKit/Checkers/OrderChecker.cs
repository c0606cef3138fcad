using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.TestKit;

/// <summary>
/// First in, first out, per sender and network, sends and broadcasts together: nobody hears a message before one that its author sent earlier. In a gossip network sends and broadcasts each
/// keep their order, and a send waits for the broadcasts before it, but those after it need not wait for the send.
/// </summary>
public sealed class OrderChecker : IContractChecker
{
    /// <inheritdoc />
    public bool MayBeMendedByTime => false;

    /// <inheritdoc />
    public IEnumerable<string> Violations(NetfluxWorld world)
    {
        ArgumentNullException.ThrowIfNull(world);
        var sent = new Dictionary<(PeerId From, NetworkId Network, string Key), List<(string Lane, int Index)>>();
        var index = 0;
        foreach (var message in world.History.OfType<SentMessage>())
        {
            var key = (message.Peer.Id, message.Network, message.Key);
            if (!sent.TryGetValue(key, out var places)) sent[key] = places = [];
            places.Add((message.Lane, index++));
        }
        var last = new Dictionary<(string Receiver, int Run, PeerId From, NetworkId Network, string Lane), (int Send, int Broadcast)>();
        var taken = new Dictionary<(string Receiver, PeerId From, NetworkId Network, string Key), int>();
        foreach (var heard in world.History.OfType<HeardEvent>())
        {
            if (heard.Message is not MessageReceived message) continue;
            var key = (message.From.Id, message.Network.Id, PayloadKey.Of(message.Payload.Span));
            if (!sent.TryGetValue(key, out var places)) continue;   // told by the test itself, past the peer's own methods
            // Of messages with the same text, the earliest not heard yet is meant.
            var nth = taken[(heard.Peer.Name, message.From.Id, message.Network.Id, key.Item3)] = taken.GetValueOrDefault((heard.Peer.Name, message.From.Id, message.Network.Id, key.Item3)) + 1;
            var (lane, place) = places[Math.Min(nth, places.Count) - 1];
            var line = (heard.Peer.Name, heard.Run, message.From.Id, message.Network.Id, lane);
            var before = last.GetValueOrDefault(line, (Send: -1, Broadcast: -1));
            var overtakes = message.Delivery == Delivery.Direct && (message.Network.Topology.Type == TopologyType.Gossip || message.Network.Topology.Grow == TopologyType.Gossip);
            if (place < before.Send || (place < before.Broadcast && !overtakes)) yield return $"{heard.Peer} heard {world.Describe(message)} after a later one.";
            last[line] = message.Delivery == Delivery.Direct ? (place, before.Broadcast) : (before.Send, place);
        }
    }
}
