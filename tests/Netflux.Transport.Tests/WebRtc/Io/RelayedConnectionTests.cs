using Netflux.TestTools;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>Connections over a TURN server that nobody here wrote, and over nothing else.</summary>
[Trait("Category", "Rim")]
public sealed class RelayedConnectionTests : IDisposable
{
    private readonly RtcPort _offering = RtcPeer.OpenPort();
    private readonly RtcPort _answering = RtcPeer.OpenPort();

    public void Dispose()
    {
        _offering.Dispose();
        _answering.Dispose();
    }

    [RequiresTheory(Tool.Turnserver), InlineData("udp"), InlineData("tcp")]
    public async Task Messages_go_both_ways_and_who_closes_is_heard(string transport)
    {
        await using var server = await Turnserver.StartAsync();
        var through = new RtcConnectionOptions { RelayOnly = true, IceServers = [new(server.Url(transport), Turnserver.User, Turnserver.Password)] };
        var (offerer, answerer, ours, theirs) = RtcPeer.Connect(_offering, _answering, through: through);
        ours.Send([1]);
        Assert.Equal([1], answerer.TakeMessage().Bytes);
        theirs.Send([2]);
        Assert.Equal([2], offerer.TakeMessage().Bytes);
        offerer.Connection.Close();
        // Who is not told is disconnected first, and after 30 s failed (RFC 7675 §5.1).
        answerer.AwaitState(PeerConnectionState.Connected);
        Assert.Equal(PeerConnectionState.Closed, answerer.TakeState());
    }
}
