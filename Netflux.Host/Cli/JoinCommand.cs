using System.CommandLine;

namespace Netflux.Host.Cli;

/// <summary><c>netflux join NETWORK</c></summary>
internal static class JoinCommand
{
    private static readonly Argument<string> s_network = new("network") { Description = "The network's name or id at the server, or its whole address ws://host:port/net/NAME." };

    public static Command Create() => new Command("join", "Join a network that exists, and watch what happens there until Ctrl-C; with --tracker, until the input ends, and each line of it goes to all.") { s_network, PeerOptions.Tracker }
        .WithPeerOptions()
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var address = PeerOptions.AddressOf(parsed, parsed.GetValue(s_network)!);
        await using var peer = await RunningPeer.StartAsync(PeerOptions.Read(parsed, address.Server), parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        var network = await peer.Client.JoinAsync(address, orCreate: null, stop).ConfigureAwait(false);
        return await new ChatRoom(terminal, peer, network).RunAsync(interactive: PeerOptions.IsTracked(parsed), stop).ConfigureAwait(false);
    }
}
