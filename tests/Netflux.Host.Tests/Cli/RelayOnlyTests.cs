using Netflux.TestTools;

namespace Netflux.Host.Cli;

/// <summary>Who says <c>--relay-only</c> is seen by other peers as an address of the TURN server, whatever they do themselves.</summary>
[Trait("Category", "Rim")]
public class RelayOnlyTests
{
    [RequiresFact(Tool.Turnserver)]
    public async Task A_peer_that_listens_is_not_dialled_and_answers_the_offer()
    {
        await using var turn = await Turnserver.StartAsync();
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        await using var bob = await Talk.JoinAsync([("NETFLUX_ICE_PASSWORD", Turnserver.Password)], server, "bob", 1, "--relay-only", "--ice-server", turn.Url("udp"), "--ice-user", Turnserver.User);
        await Talk.AllHearAllAsync("hello", ann, bob);
        var atBob = Assert.Single(await LinksSaid.OfAsync(bob));
        Assert.Equal("relay", atBob.DataChannel?.LocalType);
        Assert.DoesNotContain(atBob.Attempts, attempt => attempt.Text("way") == "dialled");
        var atAnn = Assert.Single(await LinksSaid.OfAsync(ann));
        Assert.Equal(atBob.DataChannel?.Local, atAnn.DataChannel?.Remote);
        Assert.All(atAnn.Attempts, attempt => Assert.All(attempt.GetProperty("connection").GetProperty("remote").EnumerateArray(), candidate =>
            Assert.Equal((atBob.DataChannel?.Local, "relay"), (candidate.Text("address"), candidate.Text("type")))));
    }
}
