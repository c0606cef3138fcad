using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.Gossip;
using Netflux.Overlays.Gossip.HyParView;

namespace Netflux.Tests.Overlays.Gossip;

public sealed class GossipChannelsTests
{
    private static readonly Genesis s_genesis = OverlayPeople.GenesisFor(Topology.Gossip());
    private readonly GossipOptions _options = new();
    private readonly Queue<OverlayInstruction> _outbox = new();

    [Fact]
    public void Of_those_of_whom_only_the_card_was_heard_the_latest_are_remembered()
    {
        var channels = new GossipChannels(s_genesis, _options, _outbox);
        var room = _options.Views.PassiveView + _options.Views.ContactsMax;
        var heard = Enumerable.Range(1, room + 3).Select(person => channels.Hear(OverlayPeople.Heard(OverlayPeople.Record(s_genesis, person)))).ToList();
        var opened = heard.Where(contact => channels.TryOpen(contact, new HyParViewMessage.Declined(), OverlayPeople.Noon)).Select(contact => contact.Id);
        Assert.Equal(heard.Skip(3).Select(contact => contact.Id), opened);
    }
}
