using System.Net;
using System.Text;
using Netflux.Core;

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
        Assert.Equal("first", _routes.FindByUsername(Encoding.ASCII.GetBytes("ours:theirs")));
        Assert.Null(_routes.FindByUsername(Encoding.ASCII.GetBytes("our:theirs")));
    }

    [Theory, InlineData(""), InlineData(":"), InlineData("ours"), InlineData(":ours"), InlineData("\u00fcrs:x")]
    public void A_username_without_a_fragment_of_ours_leads_nowhere(string username)
    {
        _routes.TryAddFragment("ours", "first");
        Assert.Null(_routes.FindByUsername(Encoding.Latin1.GetBytes(username)));
        Assert.Null(_routes.FindByUsername([.. new byte[300], (byte)':']));
    }

    [Fact]
    public void An_unknown_source_leads_nowhere() => Assert.Null(_routes.FindByAddress(Main, s_remote));

    [Fact]
    public void One_connection_holds_an_address_of_a_socket()
    {
        Assert.True(_routes.TryClaim(Main, s_remote, "first", isProven: true, out _));
        Assert.False(_routes.TryClaim(Main, s_remote, "second", isProven: true, out _));
        Assert.True(_routes.TryClaim(Further, s_remote, "second", isProven: true, out _));
        Assert.Equal("first", _routes.FindByAddress(Main, s_remote));
        Assert.Equal("second", _routes.FindByAddress(Further, s_remote));
    }

    [Fact]
    public void A_proof_counts_more_than_what_was_told()
    {
        Assert.True(_routes.TryClaim(Main, s_remote, "told", isProven: false, out _));
        Assert.True(_routes.IsHeldByAnother(Main, s_remote, "other", byProof: false));
        Assert.False(_routes.IsHeldByAnother(Main, s_remote, "other"));
        Assert.False(_routes.TryClaim(Main, s_remote, "alsoTold", isProven: false, out _));
        Assert.True(_routes.TryClaim(Main, s_remote, "proven", isProven: true, out var loser));
        Assert.Equal("told", loser);
        Assert.Equal("proven", _routes.FindByAddress(Main, s_remote));
        Assert.True(_routes.IsHeldByAnother(Main, s_remote, "told"));
    }

    [Fact]
    public void What_was_told_becomes_proven()
    {
        Assert.True(_routes.TryClaim(Main, s_remote, "first", isProven: false, out _));
        Assert.True(_routes.TryClaim(Main, s_remote, "first", isProven: true, out _));
        Assert.False(_routes.TryClaim(Main, s_remote, "second", isProven: true, out _));
    }

    [Fact]
    public void A_connection_holds_so_many_addresses_and_no_more()
    {
        var held = Enumerable.Range(1, 1000).Count(port => _routes.TryClaim(Main, TransportAddress.From(IPAddress.Loopback, port), "greedy", isProven: true, out _));
        Assert.Equal(64, held);
    }

    [Fact]
    public void Nothing_leads_to_a_connection_that_has_ended()
    {
        _routes.TryAddFragment("ours", "first");
        _routes.TryClaim(Main, s_remote, "first", isProven: true, out _);
        _routes.Remove("first", ["ours"]);
        Assert.Null(_routes.FindByUsername(Encoding.ASCII.GetBytes("ours:theirs")));
        Assert.Null(_routes.FindByAddress(Main, s_remote));
        Assert.True(_routes.TryClaim(Main, s_remote, "second", isProven: false, out _));
    }

    [Fact]
    public void A_response_is_routed_by_its_transaction_for_40_seconds()
    {
        _routes.AddTransaction(1, "first", Instant.Zero);
        Assert.Equal("first", _routes.FindByTransaction(1));
        Assert.Null(_routes.FindByTransaction(2));
        _routes.AddTransaction(2, "second", Instant.Zero + TimeSpan.FromSeconds(40));
        Assert.Null(_routes.FindByTransaction(1));
        Assert.Equal("second", _routes.FindByTransaction(2));
    }

    [Fact]
    public void Transactions_are_bounded()
    {
        for (var i = 1; i <= 70_000; i++) _routes.AddTransaction((UInt128)i, "first", Instant.Zero);
        Assert.Equal(65_536, _routes.Transactions);
        Assert.Null(_routes.FindByTransaction(1));
        Assert.NotNull(_routes.FindByTransaction(70_000));
    }
}
