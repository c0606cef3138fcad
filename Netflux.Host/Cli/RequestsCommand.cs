using System.CommandLine;

namespace Netflux.Host.Cli;

/// <summary><c>netflux requests NETWORK</c></summary>
internal static class RequestsCommand
{
    private static readonly Argument<string> s_network = new("network") { Description = "The network's name or id at the server, or its whole address ws://host:port/net/NAME." };
    private static readonly Option<string?> s_accept = new("--accept") { Description = "Let this peer in, by id, name or name#id.", HelpName = "ID" };
    private static readonly Option<string?> s_decline = new("--decline") { Description = "Do not let this peer in.", HelpName = "ID" };
    private static readonly Option<string?> s_why = new("--why") { Description = "With --decline: what the peer is told, one line.", HelpName = "TEXT" };
    private static readonly Option<bool> s_mayInvite = new("--may-invite") { Description = "With --accept: the peer may invite others." };

    public static Command Create() => new Command("requests", "List who wishes to join a tracked network that takes invited members only, as the member that --identity is; or decide. They ask by: netflux join NETWORK --ask TEXT")
    {
        s_network, s_accept, s_decline, s_why, s_mayInvite, PeerOptions.Tracker,
    }.WithPeerOptions().Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var address = PeerOptions.AddressOf(parsed, parsed.GetValue(s_network)!);
        var (accept, decline, why) = (parsed.GetValue(s_accept), parsed.GetValue(s_decline), parsed.GetValue(s_why));
        if (accept is not null && decline is not null) throw new WrongUseException("--accept and --decline do not go together; decide on one peer at a time.");
        if (why is not null && decline is null) throw new WrongUseException("--why is told to who is not let in; say with --decline who that is.");
        if (parsed.GetValue(s_mayInvite) && accept is null) throw new WrongUseException("--may-invite is a right of who is let in; say with --accept who that is.");
        await using var peer = await RunningPeer.StartAsync(PeerOptions.Read(parsed, address.Server), parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        // The handle is not disposed of: that would leave the network.
        var talk = new ApprovalTalk(terminal, await peer.Client.JoinAsync(address, orCreate: null, stop).ConfigureAwait(false));
        if ((accept ?? decline) is { } who) await talk.DecideAsync(who, accept is not null, parsed.GetValue(s_mayInvite), why ?? "", stop).ConfigureAwait(false);
        else await talk.ListAsync(stop).ConfigureAwait(false);
        return NetfluxCommand.Done;
    }
}
