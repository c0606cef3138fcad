using System.CommandLine;

namespace Netflux.Host.Cli;

/// <summary><c>netflux chat NETWORK</c></summary>
internal static class ChatCommand
{
    private static readonly Argument<string> s_network = new("network") { Description = "The network's name or id at the server, or its whole address ws://host:port/net/NAME." };

    public static Command Create() => new Command("chat", "Join a network, or create it where you are the first, and talk: each line goes to all; /to NAME text goes to one, /links says how each is linked, /quit leaves, the end of input goes offline.") { s_network, PeerOptions.Topology }
        .WithPeerOptions()
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var topology = PeerOptions.TopologyOf(parsed);
        var address = PeerOptions.AddressOf(parsed, parsed.GetValue(s_network)!);
        await using var peer = await RunningPeer.StartAsync(PeerOptions.Read(parsed, address.Server), parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        var network = await peer.Client.JoinAsync(address, topology, stop).ConfigureAwait(false);
        // The handle is not disposed of: that would leave the network, and the end of the input only goes offline.
        return await new ChatRoom(terminal, peer, network).RunAsync(interactive: true, stop).ConfigureAwait(false);
    }
}
