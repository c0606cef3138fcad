using System.CommandLine;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary><c>netflux create NETWORK</c></summary>
internal static class CreateCommand
{
    private static readonly Argument<string?> s_network = new("network") { Description = "The name under which the server keeps it; without one, others join by its id.", Arity = ArgumentArity.ZeroOrOne };

    public static Command Create() => new Command("create", "Create a network, and be a member that watches it until Ctrl-C. A plain signaling server forgets a network once nobody is online.") { s_network, PeerOptions.Topology }
        .WithPeerOptions()
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var topology = PeerOptions.TopologyOf(parsed);
        var name = parsed.GetValue(s_network);
        if (name is not null) _ = PeerOptions.AddressOf(parsed, name);
        await using var peer = await RunningPeer.StartAsync(PeerOptions.Read(parsed), parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        var network = await peer.Client.CreateAsync(topology, name, cancellation: stop).ConfigureAwait(false);
        return await new ChatRoom(terminal, peer, network).RunAsync(interactive: false, stop).ConfigureAwait(false);
    }
}
