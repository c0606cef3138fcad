using Netflux.TestKit;
using static Netflux.Identity.RecordsSamples;

namespace Netflux.Identity;

/// <summary>Who may sign that a member is one no more. Alice created both networks.</summary>
public class RemovalTests
{
    private static Removal Of(SeededPeerKeys by, SeededPeerKeys member) => Removal.Create(by, Open.Network, member.Id, Now);

    [Fact]
    public void A_member_signs_its_own_and_the_creator_any()
    {
        foreach (var by in new[] { Alice, Bob })
        {
            Assert.True(Removal.TryParse(Of(by, Bob).Record, Open, out var removal, out _));
            Assert.Equal((Bob.Id, by.Id), (removal.Member, removal.By));
            Assert.True(Removal.TryReadMember(removal.Record.Span, out var member));
            Assert.Equal(Bob.Id, member);
            Assert.True(removal.Record.Length <= 192); // IdentityOptions says so
        }
    }

    [Fact]
    public void Nobody_else_may_and_one_of_another_network_says_nothing()
    {
        Assert.False(Removal.TryParse(Of(Carol, Bob).Record, Open, out _, out var why));
        Assert.Contains("neither the member nor the network's creator", why, StringComparison.Ordinal);
        Assert.False(Removal.TryParse(Of(Bob, Bob).Record, Invite, out _, out why));
        Assert.Contains("another network", why, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_was_changed_on_the_way_is_refused() => Tampering.IsRefused(Of(Bob, Bob).Record.ToArray(), bytes => Removal.TryParse(bytes, Open, out _, out _));

    [Fact]
    public void What_is_no_record_has_no_member()
    {
        for (var length = 0; length < 100; length++) Assert.False(Removal.TryReadMember(Enumerable.Repeat((byte)0x0a, length).ToArray(), out _));
    }
}
