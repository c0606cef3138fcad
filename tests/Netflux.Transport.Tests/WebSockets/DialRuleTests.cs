using System.Net;

namespace Netflux.Transport.WebSockets;

public sealed class DialRuleTests
{
    [Theory]
    [InlineData("ws://203.0.113.7/netflux/link", true)]
    [InlineData("wss://peer.example:8443/netflux/link", true)]
    [InlineData("wss://[2001:db8::1]/netflux/link", true)]
    [InlineData("http://203.0.113.7/netflux/link", false)]
    [InlineData("file:///netflux/link", false)]
    [InlineData("ws://203.0.113.7/", false)]
    [InlineData("ws://203.0.113.7/netflux/link/", false)]
    [InlineData("ws://203.0.113.7/netflux/signal", false)]
    [InlineData("ws://203.0.113.7/Netflux/link", false)]
    [InlineData("ws://203.0.113.7/netflux/link?x=1", false)]
    [InlineData("ws://203.0.113.7/netflux/link#x", false)]
    [InlineData("ws://user:secret@203.0.113.7/netflux/link", false)]
    [InlineData("ws://203.0.113.7:0/netflux/link", false)]
    [InlineData("ws://0.0.0.0/netflux/link", false)]
    [InlineData("ws://[::]/netflux/link", false)]
    [InlineData("ws://224.0.0.1/netflux/link", false)]
    [InlineData("ws://255.255.255.255/netflux/link", false)]
    [InlineData("ws://[ff02::1]/netflux/link", false)]
    [InlineData("ws://127.0.0.1/netflux/link", false)]
    [InlineData("ws://127.9.9.9/netflux/link", false)]
    [InlineData("ws://0x7f000001/netflux/link", false)] // A Uri reads it as 127.0.0.1.
    [InlineData("ws://2130706433/netflux/link", false)]
    [InlineData("ws://localhost/netflux/link", false)]
    [InlineData("ws://x.localhost/netflux/link", false)]
    [InlineData("ws://[::1]/netflux/link", false)]
    [InlineData("ws://[::ffff:127.0.0.1]/netflux/link", false)]
    [InlineData("ws://[::ffff:10.0.0.1]/netflux/link", false)]
    [InlineData("ws://[64:ff9b::10.0.0.1]/netflux/link", false)]
    [InlineData("ws://[2002:a00:1::]/netflux/link", false)]
    [InlineData("ws://10.0.0.1/netflux/link", false)]
    [InlineData("ws://172.16.0.1/netflux/link", false)]
    [InlineData("ws://172.32.0.1/netflux/link", true)]
    [InlineData("ws://192.168.1.1/netflux/link", false)]
    [InlineData("ws://100.64.0.1/netflux/link", false)]
    [InlineData("ws://100.128.0.1/netflux/link", true)]
    [InlineData("ws://169.254.169.254/netflux/link", false)]
    [InlineData("ws://[fd00::1]/netflux/link", false)]
    [InlineData("ws://[fe80::1]/netflux/link", false)]
    public void With_a_public_address_of_our_own(string address, bool may) =>
        Assert.Equal(may, Rule(new(), "198.51.100.1").MayDial(new(address)));

    [Theory]
    [InlineData("192.168.7.7", "ws://10.0.0.1/netflux/link", true)] // Both RFC 1918.
    [InlineData("192.168.7.7", "ws://100.64.0.1/netflux/link", false)]
    [InlineData("192.168.7.7", "ws://[fd00::1]/netflux/link", false)]
    [InlineData("100.70.0.1", "ws://100.64.0.1/netflux/link", true)]
    [InlineData("fd12::9", "ws://[fd00::1]/netflux/link", true)]
    [InlineData("fe80::9", "ws://[fe80::1]/netflux/link", true)]
    [InlineData("169.254.1.1", "ws://169.254.9.9/netflux/link", true)]
    [InlineData("127.0.0.1", "ws://127.0.0.1/netflux/link", false)] // Every machine has it.
    public void A_private_address_needs_one_of_the_same_kind(string own, string address, bool may) =>
        Assert.Equal(may, Rule(new(), own).MayDial(new(address)));

    [Fact]
    public void Options_allow_what_the_machine_does_not()
    {
        Assert.True(Rule(new() { DialPrivate = true }).MayDial(new("ws://10.0.0.1/netflux/link")));
        Assert.False(Rule(new() { DialPrivate = true }).MayDial(new("ws://127.0.0.1/netflux/link")));
        Assert.True(Rule(new() { DialLoopback = true }).MayDial(new("ws://localhost:81/netflux/link")));
        Assert.True(Rule(new() { ListenUrls = [new("http://[::1]:0")] }).MayDial(new("ws://127.0.0.1:81/netflux/link")));
        Assert.False(Rule(new() { ListenUrls = [new("http://0.0.0.0:0")] }).MayDial(new("ws://127.0.0.1:81/netflux/link")));
        Assert.False(Rule(new() { DialPrivate = true, DialLoopback = true }).MayDial(new("ws://0.0.0.0/netflux/link")));
        Assert.False(Rule(new() { DialPeers = false, DialPrivate = true, DialLoopback = true }, "198.51.100.1").MayDial(new("ws://203.0.113.7/netflux/link")));
    }

    private static DialRule Rule(WebSocketLinkOptions options, params string[] own) => new(options, () => own.Select(IPAddress.Parse));
}
