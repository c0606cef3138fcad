using System.CommandLine;
using Netflux.Client;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary><c>netflux join NETWORK</c></summary>
internal static class JoinCommand
{
    private static readonly Argument<string> s_network = new("network") { Description = "The network's name or id at the server, or its whole address ws://host:port/net/NAME." };
    private static readonly Option<string?> s_ticket = new("--ticket") { Description = "The ticket that lets you in, as netflux ticket wrote it. Not needed again once you are a member, with the same --identity.", HelpName = "TEXT" };
    private static readonly Option<string?> s_ask = new("--ask") { Description = "Ask the members to let you in, with a line for them or without, and wait until one has decided. The question stays at the server for a week, also when you stop waiting: come again with the same --identity.", HelpName = "TEXT", Arity = ArgumentArity.ZeroOrOne };

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5); // guess: a host is started again within some of them

    public static Command Create() => new Command("join", "Join a network that exists, and watch what happens there until Ctrl-C; with --tracker, until the input ends, and each line of it goes to all.") { s_network, s_ticket, s_ask, PeerOptions.Tracker }
        .WithPeerOptions()
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var address = PeerOptions.AddressOf(parsed, parsed.GetValue(s_network)!);
        var (ticket, ask) = (TicketOf(parsed), parsed.GetResult(s_ask) is { Implicit: false } ? parsed.GetValue(s_ask) ?? "" : null);
        if (ticket is not null && ask is not null) throw new WrongUseException("--ticket lets you in, and --ask asks to be let in; leave one of them out.");
        await using var peer = await RunningPeer.StartAsync(PeerOptions.Read(parsed, address.Server), parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        var network = await (ticket is not null ? peer.Client.JoinAsync(address, ticket, stop) : ask is not null ? AskAsync(terminal, peer, address, ask, stop) : peer.Client.JoinAsync(address, orCreate: null, stop)).ConfigureAwait(false);
        return await new ChatRoom(terminal, peer, network).RunAsync(interactive: PeerOptions.IsTracked(parsed), stop).ConfigureAwait(false);
    }

    /// <summary>A member that is there, or has decided before, lets one in at once; for another the command waits as long as the server does.</summary>
    private static async Task<NetfluxNetwork> AskAsync(Terminal terminal, RunningPeer peer, NetworkAddress address, string text, CancellationToken stop)
    {
        try { return await peer.Client.AskToJoinAsync(address, text, cancellation: stop).ConfigureAwait(false); }
        catch (NetfluxException awaited) when (awaited.Error == NetfluxError.ApprovalAwaited)
        {
            terminal.Tell("approvalAwaited", $"* You are {peer.Name}#{peer.Id.Short}, and have asked to be let in. A member decides; come again later with the same --identity, or wait …", json =>
            {
                json.WriteString("network", awaited.Network?.ToString());
                json.WriteString("peer", peer.Id.ToString());
            });
            while (true)
            {
                // It waits for days: a server that is away meanwhile comes back.
                try { return await peer.Client.AskToJoinAsync(address, text, IdentityOptions.ApprovalLife, stop).ConfigureAwait(false); }
                catch (NetfluxException away) when (away.Error is NetfluxError.ServerUnreachable or NetfluxError.ServerBusy or NetfluxError.TimedOut) { await Task.Delay(s_pause, stop).ConfigureAwait(false); }
            }
        }
    }

    private static Ticket? TicketOf(ParseResult parsed)
    {
        if (parsed.GetValue(s_ticket) is not { } text) return null;
        return Ticket.TryParse(text, out var ticket, out var why) ? ticket : throw new WrongUseException($"--ticket: {why}");
    }
}
