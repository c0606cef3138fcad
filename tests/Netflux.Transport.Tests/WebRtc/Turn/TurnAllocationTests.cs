using CsCheck;
using Netflux.Transport.WebRtc;
using Netflux.Transport.WebRtc.Stun;
using Netflux.Transport.WebRtc.Turn;
using static Netflux.Tests.WebRtc.Turn.ScriptedTurnServer;

namespace Netflux.Tests.WebRtc.Turn;

public class TurnAllocationTests
{
    private readonly ScriptedTurnServer _server = new();

    [Fact]
    public void An_allocation_is_challenged_once_and_then_signed()
    {
        // client → Allocate → 401 (realm, nonce) → Allocate, signed → success
        _server.Allocation.Handle(new AllocationWanted(), _server.Now);
        var first = _server.TakeRequest();
        Assert.Equal((StunMethod.Allocate, false), (MethodOf(first), IsSigned(first)));
        _server.Say(_server.Refuse(first, StunErrorCode.Unauthenticated, challenges: true));
        var second = _server.TakeRequest();
        Assert.Equal((StunMethod.Allocate, true), (MethodOf(second), IsSigned(second)));
        _server.Say(Allow(second));
        Assert.Equal([new AllocationMade(Relayed, Mapped)], _server.TakeAll());
    }

    [Fact]
    public void Wrong_credentials_end_it_with_the_servers_words()
    {
        _server.Allocation.Handle(new AllocationWanted(), _server.Now);
        _server.Say(_server.Refuse(_server.TakeRequest(), StunErrorCode.Unauthenticated, challenges: true));
        _server.Say(_server.Refuse(_server.TakeRequest(), StunErrorCode.Unauthenticated, challenges: true));
        Assert.Equal([new AllocationFailed(StunErrorCode.Unauthenticated, "Allocate was refused: 401 because.")], _server.TakeAll());
        Assert.Null(_server.Allocation.NextDeadline);
    }

    [Theory, InlineData(1180, true), InlineData(1201, false)]
    public void A_challenge_that_leaves_no_room_for_the_request_ends_it(int nonce, bool answered)
    {
        _server.Nonce = new string('n', nonce - Realm.Length);
        _server.Allocation.Handle(new AllocationWanted(), _server.Now);
        _server.Say(_server.Refuse(_server.TakeRequest(), StunErrorCode.Unauthenticated, challenges: true));
        if (answered) Assert.True(IsSigned(_server.TakeRequest()));
        else Assert.IsType<AllocationFailed>(Assert.Single(_server.TakeAll()));
    }

    [Fact]
    public void An_address_of_IPv6_is_asked_for_and_one_of_IPv4_is_not_taken_for_it()
    {
        var server = new ScriptedTurnServer(options: new() { IsIPv6 = true });
        server.Allocation.Handle(new AllocationWanted(), server.Now);
        var request = server.TakeRequest();
        Assert.True(StunMessage.TryParse(request, out var message));
        Assert.True(message.TryGetUInt32(StunAttributeType.RequestedAddressFamily, out var family));
        Assert.Equal(0x02000000u, family);
        server.Say(Allow(request));
        Assert.IsType<AllocationFailed>(Assert.Single(server.TakeAll()));
    }

    [Fact]
    public void A_success_with_a_wrong_integrity_is_as_if_it_had_not_come()
    {
        _server.Allocation.Handle(new AllocationWanted(), _server.Now);
        _server.Say(_server.Refuse(_server.TakeRequest(), StunErrorCode.Unauthenticated, challenges: true));
        var signed = _server.TakeRequest();
        _server.Say(Allow(signed, key: new byte[16]));
        Assert.Empty(_server.TakeAll());
        _server.Say(Allow(signed));
        Assert.IsType<AllocationMade>(Assert.Single(_server.TakeAll()));
    }

    [Fact]
    public void Another_server_is_named_when_one_is_full()
    {
        _server.Allocation.Handle(new AllocationWanted(), _server.Now);
        _server.Say(_server.Refuse(_server.TakeRequest(), StunErrorCode.TryAlternate, alternate: Mapped));
        Assert.Equal(Mapped, Assert.IsType<AllocationFailed>(Assert.Single(_server.TakeAll())).Alternate);
    }

    [Fact]
    public void A_silent_server_is_asked_seven_times_over_UDP_and_once_over_a_stream()
    {
        var stream = new ScriptedTurnServer(isStream: true);
        foreach (var (server, asked) in new[] { (_server, 7), (stream, 1) })
        {
            server.Allocation.Handle(new AllocationWanted(), server.Now);
            var said = server.TakeAll();
            for (var i = 0; i < 20 && server.Allocation.NextDeadline is not null; i++)
            {
                server.AdvanceToDeadline();
                said.AddRange(server.TakeAll());
            }
            Assert.Equal(asked, said.OfType<SendToServer>().Count());
            Assert.Equal(new AllocationFailed(null, "The server does not answer."), said[^1]);
        }
    }

    [Fact]
    public void The_first_datagrams_to_a_peer_wait_for_its_channel()
    {
        // client → ChannelBind → success; then ChannelData
        _server.Allocate();
        Assert.Equal(0, _server.Wrap([1, 2, 3], out _));
        var bind = _server.TakeRequest();
        Assert.Equal((StunMethod.ChannelBind, true), (MethodOf(bind), IsSigned(bind)));
        _server.Say(Allow(bind));
        Assert.Equal(new byte[] { 0x40, 0, 0, 3, 1, 2, 3 }, _server.TakeRequest());
        Assert.Equal(5, _server.Wrap([9], out var wrapped));
        Assert.Equal(new byte[] { 0x40, 0, 0, 1, 9 }, wrapped);
    }

    [Fact]
    public void Over_a_stream_the_data_is_padded()
    {
        var stream = new ScriptedTurnServer(isStream: true);
        stream.Allocate();
        stream.Wrap([1], out _);
        stream.Say(Allow(stream.TakeRequest()));
        Assert.Equal(new byte[] { 0x40, 0, 0, 1, 1, 0, 0, 0 }, stream.TakeRequest());
    }

    [Fact]
    public void What_a_peer_sends_is_taken_out_in_place_and_other_channels_are_nobodys()
    {
        _server.Allocate();
        _server.Wrap([1], out _);
        _server.Say(Allow(_server.TakeRequest()));
        byte[] message = [0x40, 0, 0, 2, 7, 8, 0, 0];
        Assert.True(_server.Allocation.TryUnwrap(message, _server.Now, out var peer, out var datagram));
        Assert.Equal(Peer, peer);
        Assert.Equal(new byte[] { 7, 8 }, datagram.ToArray());
        _server.Say([0x40, 1, 0, 2, 7, 8]);
    }

    [Fact]
    public void A_refused_peer_is_told_once_and_not_asked_for_again_at_once()
    {
        _server.Allocate();
        _server.Wrap([1], out _);
        _server.Say(_server.Refuse(_server.TakeRequest(), StunErrorCode.Forbidden));
        Assert.Equal([new PeerRefused(Peer, "Bind was refused: 403 because.")], _server.TakeAll());
        Assert.Equal(0, _server.Wrap([1], out _));
        Assert.Empty(_server.TakeAll());
    }

    [Fact]
    public void A_stale_nonce_is_replaced_and_a_server_that_gives_nothing_else_is_given_up()
    {
        _server.Allocate();
        _server.Wrap([1], out _);
        var request = _server.TakeRequest();
        for (var i = 0; i < TurnOptions.Default.NoncesMax; i++)
        {
            _server.Nonce = $"fresh{i}";
            _server.Say(_server.Refuse(request, StunErrorCode.StaleNonce, challenges: true));
            request = _server.TakeRequest();
            Assert.True(IsSigned(request));
        }
        _server.Say(_server.Refuse(request, StunErrorCode.StaleNonce, challenges: true));
        Assert.IsType<PeerRefused>(Assert.Single(_server.TakeAll()));
    }

    [Fact]
    public void It_is_refreshed_a_minute_before_its_end()
    {
        _server.Allocate();
        var start = _server.Now;
        _server.AdvanceToDeadline();
        Assert.Equal(TimeSpan.FromMinutes(9), _server.Now - start);
        var refresh = _server.TakeRequest();
        Assert.Equal(StunMethod.Refresh, MethodOf(refresh));
        _server.Say(Allow(refresh));
        _server.AdvanceToDeadline();
        Assert.Equal(TimeSpan.FromMinutes(18), _server.Now - start);
    }

    [Fact]
    public void A_server_that_has_forgotten_the_allocation_ends_it()
    {
        _server.Allocate();
        _server.AdvanceToDeadline();
        _server.Say(_server.Refuse(_server.TakeRequest(), StunErrorCode.AllocationMismatch));
        Assert.Equal(StunErrorCode.AllocationMismatch, Assert.IsType<AllocationFailed>(Assert.Single(_server.TakeAll())).Code);
        Assert.Equal(0, _server.Wrap([1], out _));
    }

    [Fact]
    public void A_used_channel_is_bound_anew_and_an_unused_one_is_let_go()
    {
        _server.Allocate();
        _server.Wrap([1], out _);
        _server.Say(Allow(_server.TakeRequest()));
        _server.TakeAll();
        _server.Wrap([2], out _);
        _server.AdvanceToDeadline();
        var again = _server.TakeRequest();
        Assert.Equal(StunMethod.ChannelBind, MethodOf(again));
        _server.Say(Allow(again));
        _server.AdvanceToDeadline();           // nothing was sent since
        Assert.Empty(_server.TakeAll());
        _server.Say([0x40, 0, 0, 1, 7]);
    }

    [Fact]
    public void Released_it_is_refreshed_with_no_lifetime()
    {
        _server.Allocate();
        _server.Allocation.Handle(new AllocationReleased(), _server.Now);
        var refresh = _server.TakeRequest();
        Assert.True(StunMessage.TryParse(refresh, out var message) && message.TryGetUInt32(StunAttributeType.Lifetime, out var lifetime) && lifetime == 0);
        _server.Say(Allow(refresh, lifetime: 0));
        Assert.Empty(_server.TakeAll());
        Assert.Null(_server.Allocation.NextDeadline);
    }

    [Fact]
    public void Peers_are_limited()
    {
        var few = new ScriptedTurnServer(options: TurnOptions.Default with { PeersMax = 2 });
        few.Allocate();
        var room = new byte[64];
        for (ushort port = 1; port <= 5; port++) few.Allocation.Wrap(Peer with { Port = port }, [1], room, few.Now);
        Assert.Equal(2, few.TakeAll().Count);
    }

    [Fact]
    public void Whatever_comes_does_not_throw() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        var server = new ScriptedTurnServer();
        server.Allocate();
        server.Wrap([1], out _);
        var response = Allow(server.TakeRequest());
        for (var i = 0; i < bytes.Length && i < response.Length; i++) response[i % response.Length] ^= (byte)(bytes[i] & bytes[^1]);
        server.Allocation.TryUnwrap(response, server.Now, out _, out _);
        server.Allocation.TryUnwrap(bytes, server.Now, out _, out _);
    }, iter: 2_000);
}
