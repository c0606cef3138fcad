using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.TestKit;

/// <summary>No process hears a message twice, whatever happened to the links. One that was started again knows nothing of what it heard before.</summary>
public sealed class NoDoubleChecker : IContractChecker
{
    /// <inheritdoc />
    public bool MayBeMendedByTime => false;

    /// <inheritdoc />
    public IEnumerable<string> Violations(NetfluxWorld world)
    {
        ArgumentNullException.ThrowIfNull(world);
        var sent = new Dictionary<(PeerId From, NetworkId Network, string Key), int>();
        foreach (var message in world.History.OfType<SentMessage>())
        {
            var key = (message.Peer.Id, message.Network, message.Key);
            sent[key] = sent.GetValueOrDefault(key) + 1;
        }
        var heard = new Dictionary<(string Receiver, int Run, PeerId From, NetworkId Network, string Key), int>();
        foreach (var item in world.History.OfType<HeardEvent>())
        {
            if (item.Message is not MessageReceived message) continue;
            var key = (message.From.Id, message.Network.Id, PayloadKey.Of(message.Payload.Span));
            var one = (item.Peer.Name, item.Run, key.Item1, key.Item2, key.Item3);
            var copies = heard[one] = heard.GetValueOrDefault(one) + 1;
            if (sent.TryGetValue(key, out var times) && copies == times + 1) yield return $"{item.Peer} heard {world.Describe(message)} {copies} times; it was sent {times} times.";
        }
    }
}
