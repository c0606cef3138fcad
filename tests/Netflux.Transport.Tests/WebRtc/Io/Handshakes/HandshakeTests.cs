using Netflux.Transport.WebRtc.Dtls;

namespace Netflux.Transport.Tests.WebRtc.Io.Handshakes;

public class HandshakeTests
{
    // client → ClientHello → server
    // client ← ServerHello … ServerHelloDone ← server
    // client → Certificate … Finished → server
    // client ← Finished ← server
    [Fact]
    public void Two_sides_connect_in_four_datagrams_and_talk()
    {
        var rig = new HandshakeRig();
        var sent = new List<int>();
        rig.Network = (_, datagram) =>
        {
            sent.Add(datagram.Length);
            return [datagram];
        };
        rig.Connect();

        Assert.Equal(4, sent.Count);
        Assert.Equal([new DtlsConnected(DtlsCipherSuite.EcdheEcdsaAes128GcmSha256)], rig.Client.Events);
        Assert.Equal(rig.Client.Events, rig.Server.Events);
        rig.Server.Drain(rig.Client.Protect(1, 2, 3));
        rig.Client.Drain(rig.Server.Protect(4, 5));
        Assert.Equal([[1, 2, 3]], rig.Server.Received);
        Assert.Equal([[4, 5]], rig.Client.Received);
    }
}
