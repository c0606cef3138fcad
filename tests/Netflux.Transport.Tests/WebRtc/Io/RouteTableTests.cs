using System.Net;
using Netflux.Core;
using Netflux.Transport.WebRtc.PeerConnections;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Io;

public class RouteTableTests
{
    private const int Main = 0, Further = 1;

    private static readonly TransportAddress s_remote = TransportAddress.From(IPAddress.Loopback, 5000);

    private readonly RouteTable<string> _routes = new();

    [Fact]
    public void A_check_is_routed_by_our_fragment()
    {
        Assert.True(_routes.TryAddFragment("ours", "first"));
        Assert.False(_routes.TryAddFragment("ours", "second"));
        Assert.Equal("first", _routes.FindByFragment("ours"u8));
        Assert.Null(_routes.FindByFragment("our"u8));
    }

    [Fact]
    public void A_fragment_that_is_not_ours_leads_nowhere()
    {
        _routes.TryAddFragment("ours", "first");
        Assert.Null(_routes.FindByFragment([]));
        Assert.Null(_routes.FindByFragment("OURS"u8));
        Assert.Null(_routes.FindByFragment([0xFC, 0xFF]));
        Assert.Null(_routes.FindByFragment(new byte[300]));
        _routes.RemoveFragment("ours", "first");
        Assert.Null(_routes.FindByFragment("ours"u8));
    }

    [Fact]
    public void An_unknown_source_leads_nowhere() => Assert.Null(_routes.FindByAddress(Main, s_remote));

    [Fact]
    public void One_connection_holds_an_address_of_a_socket()
    {
        Assert.True(_routes.TryClaim(Main, s_remote, "first", HoldRight.Hold, out _));
        Assert.False(_routes.TryClaim(Main, s_remote, "second", HoldRight.Hold, out _));
        Assert.True(_routes.TryClaim(Further, s_remote, "second", HoldRight.Hold, out _));
        Assert.Equal("first", _routes.FindByAddress(Main, s_remote));
        Assert.Equal("second", _routes.FindByAddress(Further, s_remote));
    }

    [Fact]
    public void A_proof_counts_more_than_what_was_told()
    {
        Assert.True(_routes.TryClaim(Main, s_remote, "told", HoldRight.Reserve, out _));
        Assert.False(_routes.TryClaim(Main, s_remote, "alsoTold", HoldRight.Reserve, out _));
        Assert.True(_routes.TryClaim(Main, s_remote, "proven", HoldRight.Hold, out var loser));
        Assert.Equal("told", loser);
        Assert.Equal("proven", _routes.FindByAddress(Main, s_remote));
        Assert.False(_routes.TryClaim(Main, s_remote, "told", HoldRight.Hold, out _));
    }

    [Fact]
    public void Who_may_take_an_address_gets_it_from_anyone()
    {
        Assert.True(_routes.TryClaim(Main, s_remote, "former", HoldRight.Take, out var loser));
        Assert.Null(loser);
        Assert.True(_routes.TryClaim(Main, s_remote, "newer", HoldRight.Take, out loser));
        Assert.Equal("former", loser);
        Assert.Equal("newer", _routes.FindByAddress(Main, s_remote));
        _routes.Release(Main, s_remote, "former");
        Assert.Equal("newer", _routes.FindByAddress(Main, s_remote));
    }

    [Fact]
    public void What_was_told_becomes_proven()
    {
        Assert.True(_routes.TryClaim(Main, s_remote, "first", HoldRight.Reserve, out _));
        Assert.True(_routes.TryClaim(Main, s_remote, "first", HoldRight.Hold, out _));
        Assert.False(_routes.TryClaim(Main, s_remote, "second", HoldRight.Hold, out _));
    }

    [Fact]
    public void A_connection_holds_so_many_addresses_and_no_more()
    {
        var held = Enumerable.Range(1, 1000).Count(port => _routes.TryClaim(Main, TransportAddress.From(IPAddress.Loopback, port), "greedy", HoldRight.Hold, out _));
        Assert.Equal(64, held);
    }

    [Fact]
    public void An_address_is_given_back()
    {
        _routes.TryClaim(Main, s_remote, "first", HoldRight.Hold, out _);
        _routes.Release(Main, s_remote, "second");
        Assert.Equal("first", _routes.FindByAddress(Main, s_remote));
        _routes.Release(Main, s_remote, "first");
        Assert.Null(_routes.FindByAddress(Main, s_remote));
    }

    [Fact]
    public void Nothing_leads_to_a_connection_that_has_ended()
    {
        _routes.TryAddFragment("ours", "first");
        _routes.TryClaim(Main, s_remote, "first", HoldRight.Hold, out _);
        _routes.Remove("first", ["ours"]);
        Assert.Null(_routes.FindByFragment("ours"u8));
        Assert.Null(_routes.FindByAddress(Main, s_remote));
        Assert.True(_routes.TryClaim(Main, s_remote, "second", HoldRight.Reserve, out _));
    }

    [Fact]
    public void A_response_is_routed_by_its_transaction_for_40_seconds()
    {
        _routes.AddTransaction(Id(1), "first", Instant.Zero);
        Assert.Equal("first", _routes.FindByTransaction(Id(1)));
        Assert.Null(_routes.FindByTransaction(Id(2)));
        _routes.AddTransaction(Id(2), "second", Instant.Zero + TimeSpan.FromSeconds(40));
        Assert.Null(_routes.FindByTransaction(Id(1)));
        Assert.Equal("second", _routes.FindByTransaction(Id(2)));
    }

    [Fact]
    public void Transactions_are_bounded()
    {
        for (var i = 1; i <= 70_000; i++) _routes.AddTransaction(Id(i), "first", Instant.Zero);
        Assert.Equal(65_536, _routes.Transactions);
        Assert.Null(_routes.FindByTransaction(Id(1)));
        Assert.NotNull(_routes.FindByTransaction(Id(70_000)));
    }

    private static StunTransactionId Id(int number) => new(7, (uint)number);
}
