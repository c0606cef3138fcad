using System.CommandLine;
using System.Globalization;

namespace Netflux.Host.Cli;

/// <summary><c>netflux networks</c></summary>
internal static class NetworksCommand
{
    public static Command Create() => new Command("networks", "List the networks that a tracking server remembers and that anybody may join.") { PeerOptions.Tracker }
        .WithPeerOptions()
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        await using var peer = await RunningPeer.StartAsync(PeerOptions.Read(parsed), parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        var networks = await peer.Client.GetTrackedNetworksAsync(cancellation: stop).ConfigureAwait(false);
        if (networks.Count == 0) terminal.Say("The server remembers no network that anybody may join. Create one with: netflux create NAME --tracker URL");
        else foreach (var line in TextTable.Lines([["network", "topology", "members", "online"], .. networks.Select(Row)])) terminal.Say(line);
        foreach (var network in networks)
        {
            terminal.Tell("network", null, json =>
            {
                json.WriteString("network", network.Id.ToString());
                if (network.Name is { } name) json.WriteString("name", name);
                json.WritePropertyName("topology");
                json.WriteRawValue(network.Topology.Json);
                json.WriteNumber("members", network.Members);
                json.WriteNumber("online", network.Online);
            });
        }
        return NetfluxCommand.Done;

        static string TypeOf(Messages.Topology topology)
        {
            using var json = System.Text.Json.JsonDocument.Parse(topology.Json);
            return json.RootElement.GetProperty("type").GetString()!;
        }

        static string[] Row(Messages.TrackedNetwork network) =>
            [network.Name ?? network.Id.ToString(), TypeOf(network.Topology), network.Members.ToString(CultureInfo.InvariantCulture), network.Online.ToString(CultureInfo.InvariantCulture)];
    }
}
