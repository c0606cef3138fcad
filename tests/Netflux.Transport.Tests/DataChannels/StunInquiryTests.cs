using System.Net;
using System.Net.Sockets;
using Netflux.Transport.WebRtc.Io;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.DataChannels;

[Trait("Category", "Rim")]
public sealed class StunInquiryTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly IPEndPoint s_seen = new(IPAddress.Parse("198.51.100.7"), 4000);

    [Fact]
    public async Task The_server_tells_how_it_sees_us()
    {
        using var server = new StunResponder(s_seen);
        Assert.Equal(s_seen, await StunInquiry.AskAsync(UrlOf(server), s_patience));
    }

    [Fact]
    public async Task What_is_lost_is_asked_again_and_what_answers_others_is_passed_over()
    {
        using var server = new StunResponder(s_seen, lost: 2);
        Assert.Equal(s_seen, await StunInquiry.AskAsync(UrlOf(server), s_patience));
    }

    [Fact]
    public async Task Who_does_not_answer_is_not_waited_for_longer_than_said()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Null(await StunInquiry.AskAsync(new(false, "127.0.0.1", (ushort)((IPEndPoint)silent.Client.LocalEndPoint!).Port, false), TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public async Task Where_nothing_listens_or_no_host_has_the_name_nothing_is_seen()
    {
        ushort port;
        using (var closed = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0))) port = (ushort)((IPEndPoint)closed.Client.LocalEndPoint!).Port;
        Assert.Null(await StunInquiry.AskAsync(new(false, "127.0.0.1", port, false), s_patience));
        Assert.Null(await StunInquiry.AskAsync(new(false, "no-such-host.invalid", 3478, false), s_patience));
    }

    private static IceServerUrl UrlOf(StunResponder server)
    {
        Assert.True(IceServerUrl.TryParse(server.Url, out var url));
        return url;
    }
}
