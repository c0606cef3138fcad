using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Sessions;
using Netflux.Wire;

namespace Netflux.Actors;

// What users say to a peer outside any network: channel 0 of the session.
internal sealed partial class PeerActor : IMessagePathOwner
{
    private readonly MessagePath _outside;
    private readonly List<IActorRef> _disconnecting = [];    // requesters of DisconnectPeer

    NetworkId? IMessagePathOwner.Network => null;

    IReadOnlyList<Peer> IMessagePathOwner.Members => _connected ? [Peer] : [];

    void IMessagePathOwner.HandOver(in HandOver handOver)
    {
        if (_session.TrySend(null, FrameKind.Message, handOver.Flags, handOver.Payload, Now)) FlushSoon();
    }

    void IMessagePathOwner.Consumed(PeerId member, ulong upTo) => Say(new ConsumeMessages(null, upTo));

    void IMessagePathOwner.DropSlow(PeerId member) => HandleEnd(PeerLeavingReason.TooSlow);

    INetfluxMessage IMessagePathOwner.MessageFor(in Telling<INetfluxMessage, Peer> telling) => new PeerMessageReceived(telling.From!, telling.Payload, telling.Number);

    private Topology OutsideLimits => new() { Json = "", MessageBytesMax = _setup.Options.Session.OutsideMessageBytesMax, SlowMember = SlowMemberPolicy.Wait };

    private void HandleOutsideFrames(List<ReceivedFrame> frames)
    {
        foreach (var frame in frames.Where(frame => frame.Kind == FrameKind.Message)) _outside.Deliver(_remote, frame.Flags, frame.Body);
        _outside.Drain();
    }

    private void CloseOutside(PeerLeavingReason reason)
    {
        _outside.CloseWay(_remote);
        _outside.CloseAuthor(_remote);
        if (_disconnecting.Count == 0 && reason == PeerLeavingReason.Restarted) return;     // it comes back at once
        var gone = new PeerDisconnected(_remote, reason);
        _outside.TellEvent(gone);
        foreach (var requester in _disconnecting.Where(requester => !_outside.IsSubscriber(requester))) requester.Tell(gone, Self);
        _disconnecting.Clear();
    }
}
