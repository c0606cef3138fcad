using System.Text;
using Netflux.Core;
using Netflux.TestKit;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

public sealed class IceValuesTests
{
    [Fact]
    public void Priorities_follow_the_formulas()
    {
        Assert.Equal(2130706431u, CandidatePriority.Of(CandidateType.Host, 65535)); // as every agent with one interface announces it
        Assert.Equal(1694498815u, CandidatePriority.Of(CandidateType.ServerReflexive, 65535));
        Assert.Equal(16777215u, CandidatePriority.Of(CandidateType.Relayed, 65535));
        Assert.Equal(1862270975u, CandidatePriority.Of(CandidateType.PeerReflexive, 65535));
        Assert.Equal((1UL << 32) * 5 + 2 * 9 + 1, CandidatePriority.OfPair(9, 5));
        Assert.Equal((1UL << 32) * 5 + 2 * 9, CandidatePriority.OfPair(5, 9));
    }

    [Fact]
    public void The_families_take_turns_and_narrow_addresses_come_last()
    {
        var candidates = new LocalCandidates(new IceOptions());
        string[] addresses = ["192.168.1.2", "10.0.0.2", "fe80::2", "2001:db8::2", "127.0.0.1"];
        foreach (var (address, index) in addresses.Select((address, index) => (address, index)))
            Assert.True(candidates.TryAdd(LocalCandidateFound.Host(new(index), SimulatedNat.At(address, 5000)), out _));

        Assert.Equal(["192.168.1.2", "2001:db8::2", "10.0.0.2", "fe80::2", "127.0.0.1"], candidates.All.OrderByDescending(candidate => candidate.Priority).Select(candidate => candidate.Address.Address.ToString()));
    }

    [Fact]
    public void Foundations_are_equal_where_type_base_and_server_are_and_what_is_known_is_not_told_again()
    {
        var candidates = new LocalCandidates(new IceOptions());
        var (host, server) = (SimulatedNat.At("192.168.1.2", 5000), SimulatedNat.At("203.0.113.1", 3478));
        string Add(LocalCandidateFound found) => candidates.TryAdd(found, out var candidate) ? candidate.Foundation : "-";

        Assert.Equal("1", Add(LocalCandidateFound.Host(new(0), host)));
        Assert.Equal("1", Add(LocalCandidateFound.Host(new(1), host with { Port = 5001 })));
        Assert.Equal("2", Add(LocalCandidateFound.ServerReflexive(new(0), SimulatedNat.At("198.51.100.1", 1), host, server)));
        Assert.Equal("2", Add(LocalCandidateFound.ServerReflexive(new(1), SimulatedNat.At("198.51.100.1", 2), host, server)));
        Assert.Equal("3", Add(LocalCandidateFound.ServerReflexive(new(0), SimulatedNat.At("198.51.100.1", 3), host, SimulatedNat.At("203.0.113.2", 3478))));
        Assert.Equal("-", Add(LocalCandidateFound.ServerReflexive(new(0), host, host, server))); // no NAT
        Assert.Equal("-", Add(LocalCandidateFound.Host(new(0), host)));
    }

    [Theory]
    [InlineData("abcd", "0123456789012345678901", true)]
    [InlineData("abc", "0123456789012345678901", false)]
    [InlineData("abcd", "012345678901234567890", false)]
    [InlineData("ab:d", "0123456789012345678901", false)]
    [InlineData("ab+/", "012345678901234567890 ", false)]
    [InlineData("abcé", "0123456789012345678901", false)]
    [InlineData(null, "0123456789012345678901", false)]
    public void Credentials_are_of_ice_chars_and_long_enough(string? ufrag, string? password, bool valid) =>
        Assert.Equal(valid, IceCredentials.TryCreate(ufrag, password, out _));

    [Fact]
    public void Drawn_credentials_are_valid_differ_and_do_not_show_the_password()
    {
        var random = new SeededRandom(1);
        var drawn = Enumerable.Range(0, 100).Select(_ => IceCredentials.Draw(random)).ToList();
        Assert.All(drawn, credentials => Assert.True(IceCredentials.TryCreate(credentials.Ufrag, credentials.Password, out _)));
        Assert.Equal(100, drawn.Select(credentials => credentials.Ufrag).Distinct().Count());
        Assert.Equal(100, drawn.Select(credentials => credentials.Password).Distinct().Count());
        Assert.Equal(drawn[0].Ufrag, drawn[0].ToString());
    }

    [Fact]
    public void A_request_is_routed_by_our_fragment()
    {
        Assert.True(StunMessage.TryParse(StunVectorTests.Request, out var request) && IceRouting.TryReadUfrag(request, out var ufrag) && ufrag.SequenceEqual("evtj"u8));
        Assert.False(StunMessage.TryParse(StunVectorTests.ResponseIPv4, out var response) && IceRouting.TryReadUfrag(response, out _));
        Assert.False(StunMessage.TryParse(StunVectorTests.LongTermRequest, out var other) && IceRouting.TryReadUfrag(other, out _)); // no colon
    }

    [Fact]
    public void A_pause_is_made_up_for_by_some_at_once_and_by_no_more()
    {
        var pacer = new CheckPacer(TimeSpan.FromMilliseconds(50), 3);
        var now = Instant.Zero + TimeSpan.FromSeconds(9);
        int TakeAll()
        {
            var taken = 0;
            while (pacer.TryTake(now)) taken++;
            return taken;
        }

        Assert.Equal(3, TakeAll());
        Assert.Equal(now + TimeSpan.FromMilliseconds(50), pacer.NextAt(now));
        now += TimeSpan.FromMilliseconds(49);
        Assert.Equal(0, TakeAll());
        now += TimeSpan.FromMilliseconds(1);
        Assert.Equal(1, TakeAll());
        now += TimeSpan.FromHours(1);
        Assert.Equal(3, TakeAll());
    }
}
