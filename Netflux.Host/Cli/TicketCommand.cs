using System.CommandLine;
using Netflux.Identity;

namespace Netflux.Host.Cli;

/// <summary><c>netflux ticket NETWORK</c></summary>
internal static class TicketCommand
{
    private static readonly Argument<string> s_network = new("network") { Description = "The network's name or id at the server, or its whole address ws://host:port/net/NAME." };
    private static readonly Option<string?> s_for = new("--for") { Description = "The peer that it lets in; without this, whoever shows it.", HelpName = "ID" };
    private static readonly Option<int?> s_uses = new("--uses") { Description = "How many peers it lets in; without this, as many as come.", HelpName = "N" };
    private static readonly Option<string?> s_expires = new("--expires") { Description = "How long it can be shown: 30m, 12h or 2d, at most 366d; without this, 7d. Who came by it stays a member.", HelpName = "TIME" };
    private static readonly Option<bool> s_mayInvite = new("--may-invite") { Description = "Whoever comes by it may invite others." };

    public static Command Create() => new Command("ticket", "Write a ticket, which lets somebody into a tracked network that takes invited members only, as the member that --identity is. Pass it on; it is shown with: netflux join NETWORK --ticket TEXT")
    {
        s_network, s_for, s_uses, s_expires, s_mayInvite, PeerOptions.Tracker,
    }.WithPeerOptions().Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var address = PeerOptions.AddressOf(parsed, parsed.GetValue(s_network)!);
        PeerId? holder = parsed.GetValue(s_for) is not { } text ? null : PeerOptions.PeerOf("--for", text);
        TimeSpan? lasts = parsed.GetValue(s_expires) is not { } time ? null : PeerOptions.TimeOf("--expires", time);
        await using var peer = await RunningPeer.StartAsync(PeerOptions.Read(parsed, address.Server), parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        // The handle is not disposed of: that would leave the network.
        var network = await peer.Client.JoinAsync(address, orCreate: null, stop).ConfigureAwait(false);
        var ticket = await network.IssueTicketAsync(holder, parsed.GetValue(s_uses), lasts, parsed.GetValue(s_mayInvite), stop).ConfigureAwait(false);
        // A line that holds the ticket alone can be put into a file or a pipe.
        terminal.Tell("ticket", ticket.Text, json =>
        {
            json.WriteString("network", ticket.Network.ToString());
            json.WriteString("ticket", ticket.Text);
            json.WriteString("expires", ticket.ExpiresAt);
            if (ticket.Holder is { } known) json.WriteString("for", known.ToString());
            if (ticket.Uses is { } uses) json.WriteNumber("uses", uses);
            json.WriteBoolean("mayInvite", ticket.MayInvite);
        });
        return NetfluxCommand.Done;
    }
}
