using System.CommandLine;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary><c>netflux create NETWORK</c></summary>
internal static class CreateCommand
{
    private static readonly Argument<string?> s_network = new("network") { Description = "The name under which the server keeps it; without one, others join by its id.", Arity = ArgumentArity.ZeroOrOne };

    public static Command Create() => new Command("create", "Create a network. With --tracker the server remembers it, and the command ends; without, be a member that watches it until Ctrl-C, and the server forgets it once nobody is online.") { s_network, PeerOptions.Topology, PeerOptions.Tracker }
        .WithPeerOptions()
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var topology = PeerOptions.TopologyOf(parsed);
        var name = parsed.GetValue(s_network);
        if (name is not null) _ = PeerOptions.AddressOf(parsed, name);
        await using var peer = await RunningPeer.StartAsync(PeerOptions.Read(parsed), parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        var track = PeerOptions.IsTracked(parsed);
        var network = await peer.Client.CreateAsync(topology, name, track: track, cancellation: stop).ConfigureAwait(false);
        if (track)
        {
            terminal.Tell("created", $"* {network.Name ?? network.Id.ToString()} is created and remembered. Others join at {network.Address}.", json =>
            {
                json.WriteString("network", network.Id.ToString());
                json.WriteString("peer", peer.Id.ToString());
                json.WriteString("address", network.Address!.ToString());
            });
            return NetfluxCommand.Done;
        }
        return await new ChatRoom(terminal, peer, network).RunAsync(interactive: false, stop).ConfigureAwait(false);
    }
}
