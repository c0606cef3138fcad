using System.Net;
using Netflux.TestTools;

namespace Netflux.Host.Cli;

/// <summary>Chats whose data channels go through TURN servers only, and what happens to them when such a server dies.</summary>
[Trait("Category", "Rim")]
public class TurnOutageTests
{
    private static readonly (string, string)[] s_password = [("NETFLUX_ICE_PASSWORD", Turnserver.Password)];

    [RequiresFact(Tool.Turnserver)]
    public async Task When_their_turn_server_dies_and_is_back_they_talk_on_and_no_line_is_lost_or_doubled()
    {
        await using var turn = await Turnserver.StartAsync();
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await JoinAsync(server, "ann", 0, turn);
        await using var bob = await JoinAsync(server, "bob", 1, turn);
        var before = await ExpectRelayedAsync(ann, bob);
        await Talk.AllHearAllAsync("before", ann, bob);

        await turn.KillAsync();
        var (ofAnn, ofBob) = (new Numbered("ann"), new Numbered("bob"));
        await ofAnn.SayAsync(ann, 10);
        await ofBob.SayAsync(bob, 10);
        await turn.RestartAsync();
        await ofAnn.SayAsync(ann, 10);
        await ofBob.SayAsync(bob, 10);
        await ofAnn.HeardAsync(bob);
        await ofBob.HeardAsync(ann);
        await Talk.AllHearAllAsync("after", ann, bob);
        var after = await ExpectRelayedAsync(ann, bob);
        Assert.NotEqual(Between(ann, bob, before), Between(ann, bob, after));
        Assert.All(new[] { ann, bob }, AssertNobodyLeft);
    }

    // Each two of the three share one server, which relays to itself alone: so when one dies, just one data channel is lost.
    [RequiresFact(Tool.Turnserver)]
    public async Task Without_the_signaling_server_a_lost_data_channel_is_opened_anew_through_the_common_member()
    {
        var (first, second, third) = (IPAddress.Parse("127.0.0.11"), IPAddress.Parse("127.0.0.12"), IPAddress.Parse("127.0.0.13"));
        await using var annAndBob = await Turnserver.StartAsync(first, second, third);
        await using var bobAndCy = await Turnserver.StartAsync(second, first, third);
        await using var cyAndAnn = await Turnserver.StartAsync(third, first, second);
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await JoinAsync(server, "ann", 0, annAndBob, cyAndAnn);
        await using var bob = await JoinAsync(server, "bob", 1, annAndBob, bobAndCy);
        await using var cy = await JoinAsync(server, "cy", 2, bobAndCy, cyAndAnn);
        var before = await ExpectRelayedAsync(ann, bob, cy);
        host.Kill();
        await host.ExitAsync();

        await annAndBob.KillAsync();
        await annAndBob.RestartAsync();
        var lines = new Numbered("ann");
        await lines.SayAsync(ann, 10);
        await lines.HeardAsync(cy);
        await lines.HeardAsync(bob);
        await Talk.AllHearAllAsync("after", ann, bob, cy);
        var after = await ExpectRelayedAsync(ann, bob, cy);
        Assert.NotEqual(Between(ann, bob, before), Between(ann, bob, after));
        Assert.Equal((Between(ann, cy, before), Between(bob, cy, before)), (Between(ann, cy, after), Between(bob, cy, after)));
        Assert.All(new[] { ann, bob, cy }, AssertNobodyLeft);
    }

    [RequiresFact(Tool.Turnserver)]
    public async Task When_their_turn_server_stays_away_they_are_told_that_the_connection_is_lost_and_when_it_is_back_they_meet_again()
    {
        await using var turn = await Turnserver.StartAsync();
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = NetfluxProcess.Start(s_password, ["create", "lobby", "--topology", """{"type":"full-mesh","pingAfterMs":1000,"suspectAfterMs":2000,"resumeWindowMs":4000}""", "--server", server, "--name", "ann", "--json", .. Through(turn)]);
        await ann.ExpectAsync("joined");
        await using var bob = await JoinAsync(server, "bob", 1, turn);
        await ann.ExpectAsync("peerJoining");

        await turn.KillAsync();
        foreach (var (chat, other) in new[] { (ann, "bob"), (bob, "ann") })
        {
            Assert.Equal(other, (await chat.ExpectAsync("peerSuspected")).Text("name"));
            var leaving = await chat.ExpectAsync("peerLeaving");
            Assert.Equal((other, "connectionLost"), (leaving.Text("name"), leaving.Text("reason")));
        }

        await turn.RestartAsync();
        foreach (var chat in new[] { ann, bob }) await chat.ExpectAsync("peerJoining");
        await bob.SayAsync("here again");
        Assert.Equal(("broadcast", "here again"), await Talk.HeardAsync(ann));
    }

    private static Task<NetfluxProcess> JoinAsync(string server, string name, int members, params Turnserver[] through) =>
        Talk.JoinAsync(s_password, server, name, members, Through(through));

    private static string[] Through(params Turnserver[] servers) => ["--relay-only", "--ice-user", Turnserver.User, .. servers.SelectMany(turn => new[] { "--ice-server", turn.Url("udp") })];

    private static async Task<IReadOnlyDictionary<(string From, string To), SelectedPair>> ExpectRelayedAsync(params NetfluxProcess[] chats)
    {
        var pairs = await LinksSaid.ExpectDataChannelsAsync(chats);
        Assert.All(pairs.Values, pair => Assert.Equal("relay", pair.LocalType));
        return pairs;
    }

    private static (string, string) Between(NetfluxProcess one, NetfluxProcess other, IReadOnlyDictionary<(string From, string To), SelectedPair> pairs)
    {
        var pair = pairs[(Talk.IdOf(one), Talk.IdOf(other))];
        return (pair.Local, pair.Remote);
    }

    private static void AssertNobodyLeft(NetfluxProcess chat) => Assert.DoesNotContain(chat.Said, line => line.Contains("\"peerLeaving\"", StringComparison.Ordinal));
}
