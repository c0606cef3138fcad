using System.Text.Json;
using Netflux.TestTools;

namespace Netflux.Host.Cli;

/// <summary>Who says <c>--relay-only</c> is seen by other peers as an address of the TURN server, whatever they do themselves.</summary>
[Trait("Category", "Rim")]
public class RelayOnlyTests
{
    [RequiresTheory(Tool.Turnserver), InlineData("udp"), InlineData("tcp")]
    public async Task Two_talk_through_the_server_by_whatever_it_is_reached(string transport)
    {
        await using var turn = await Turnserver.StartAsync();
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await JoinAsync(server, "ann", 0, turn, transport);
        await using var bob = await JoinAsync(server, "bob", 1, turn, transport);
        await Talk.AllHearAllAsync("hello", ann, bob);
        Assert.All((await LinksSaid.ExpectDataChannelsAsync(ann, bob)).Values, pair => Assert.Equal("relay", pair.LocalType));
    }

    [RequiresFact(Tool.Turnserver)]
    public async Task A_peer_that_listens_is_not_dialled_and_answers_the_offer()
    {
        await using var turn = await Turnserver.StartAsync();
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        await using var bob = await JoinAsync(server, "bob", 1, turn, "udp");
        await Talk.AllHearAllAsync("hello", ann, bob);
        await LinksSaid.ExpectDataChannelsAsync(ann, bob);
        // In this order: what ann has been told, bob has told before.
        var atAnn = Assert.Single(await LinksSaid.OfAsync(ann));
        var atBob = Assert.Single(await LinksSaid.OfAsync(bob));
        Assert.True(atBob.DataChannel is { LocalType: "relay" }, string.Join('\n', atBob.Attempts));
        Assert.DoesNotContain(atBob.Attempts, attempt => attempt.Text("way") == "dialled");
        var told = atBob.Attempts.SelectMany(attempt => Candidates(attempt, "local")).ToList();
        Assert.All(told, candidate => Assert.Equal("relay", candidate.Text("type")));
        Assert.DoesNotContain(atAnn.Attempts, attempt => attempt.Text("way") == "accepted");
        Assert.Equal(atBob.DataChannel?.Local, atAnn.DataChannel?.Remote);
        Assert.Subset(told.Select(candidate => candidate.Text("address")).ToHashSet(), atAnn.Attempts.SelectMany(attempt => Candidates(attempt, "remote")).Select(candidate => candidate.Text("address")).ToHashSet());
    }

    private static JsonElement.ArrayEnumerator Candidates(JsonElement attempt, string side) => attempt.GetProperty("connection").GetProperty(side).EnumerateArray();

    private static Task<NetfluxProcess> JoinAsync(string server, string name, int members, Turnserver turn, string transport) =>
        Talk.JoinAsync([("NETFLUX_ICE_PASSWORD", Turnserver.Password)], server, name, members, "--relay-only", "--ice-server", turn.Url(transport), "--ice-user", Turnserver.User);
}
