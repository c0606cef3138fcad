using System.Text.Json;
using System.Threading.Channels;
using Netflux.Client;
using Netflux.Host.Cli;
using Netflux.Host.Faults;
using Netflux.Hosting;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Host.Tracking;

/// <summary>Join requests that a real host keeps in its store, for peers that are offline.</summary>
[Trait("Category", "Rim")]
public sealed class KeptJoinRequestTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-invited").FullName;
    private readonly int _port = FaultRig.FreePort();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Sent_while_the_other_is_offline_it_outlives_its_sender_and_the_host_and_leads_into_a_closed_network()
    {
        Assert.True(Topology.TryParse("""{"type":"full-mesh","join":"invite"}""", out var closed, out _));
        JoinRequestKept kept;
        PeerId annId;
        await using (var host = await HostAsync())
        {
            PeerId bobId;
            await using (var bob = await StartAsync("bob"))
            {
                bobId = bob.Id;
                await bob.Client.CreateAsync(Topology.FullMesh(), "lobby", track: true);
            }
            await using (var ann = await StartAsync("ann"))
            {
                annId = ann.Id;
                await ann.Client.JoinAsync(AddressOf("lobby"));
                var club = await ann.Client.CreateAsync(closed, "club", track: true);
                var withdrawn = Assert.IsType<JoinRequestKept>(await club.InviteAsync(bobId));
                await ann.Client.WithdrawAsync(withdrawn);
                kept = Assert.IsType<JoinRequestKept>(await club.InviteAsync(bobId, TimeSpan.FromDays(2)));
            }
            host.Kill();
            await host.ExitAsync();
        }
        await using var again = await HostAsync();
        await using (var bob = await StartAsync("bob"))
        {
            var (asked, joined) = (Channel.CreateUnbounded<JoinRequest>(), Channel.CreateUnbounded<NetfluxNetwork>());
            using var answering = bob.Client.AnswerJoinRequests(
                (request, _) =>
                {
                    asked.Writer.TryWrite(request);
                    return ValueTask.FromResult(JoinAnswer.Accept);
                },
                network => joined.Writer.WriteAsync(network));
            await answering.Started;
            await bob.Client.JoinAsync(AddressOf("lobby"));
            var request = await asked.Reader.ReadAsync().AsTask().WaitAsync(NetfluxProcess.Patience);
            Assert.Equal((annId, "ann", kept.Network, "club"), (request.From.Id, request.From.Name, request.Invitation.Network, request.Invitation.Name));
            Assert.InRange(kept.Until - request.SentAt!.Value, TimeSpan.FromDays(2) - TimeSpan.FromSeconds(1), TimeSpan.FromDays(2) + TimeSpan.FromSeconds(1));
            var club = await joined.Reader.ReadAsync().AsTask().WaitAsync(NetfluxProcess.Patience);
            Assert.Equal(new[] { annId, bob.Id }.Order(), (await club.GetTrackedMembersAsync()).Select(member => member.Id));
            Assert.False(asked.Reader.TryRead(out _)); // what was withdrawn did not come
        }
        // A member from now on, that comes back by itself; and what it has answered does not come again.
        var back = await NetfluxProcess.RunAsync(["join", "club", "--tracker", Server.ToString(), "--name", "bob", "--identity", PathOf("bob"), "--json"]);
        Assert.Equal(0, back.ExitCode);
        Assert.Equal("ann", Assert.Single(JsonDocument.Parse(back.Output.Split('\n')[0]).RootElement.GetProperty("remembered").EnumerateArray()).Text("name"));
        await using var ann2 = await StartAsync("ann");
        await ann2.Client.JoinAsync(AddressOf("lobby"));
        Assert.Equal(NetfluxError.UnknownRequest, (await Assert.ThrowsAsync<NetfluxException>(() => ann2.Client.WithdrawAsync(kept))).Error);
    }

    private async Task<NetfluxProcess> HostAsync()
    {
        var host = NetfluxProcess.Start("host", "--urls", $"http://127.0.0.1:{_port}", "--data", Path.Combine(_folder, "store"), "--json");
        await host.ExpectAsync("listening");
        return host;
    }

    private Uri Server => new($"ws://127.0.0.1:{_port}");

    private NetworkAddress AddressOf(string name) => NetworkAddress.TryParse(new Uri(Server, $"/net/{name}").ToString(), out var address, out var why) ? address : throw new InvalidOperationException(why);

    private string PathOf(string name) => Path.Combine(_folder, name + ".pem");

    private Task<RunningPeer> StartAsync(string name) =>
        RunningPeer.StartAsync(new NetfluxOptions { Server = Server, DisplayName = name, IdentityFile = PathOf(name) }, verbose: false, CancellationToken.None);
}
