using System.CommandLine;
using System.Text;
using System.Text.Json;
using Netflux.Client;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary><c>netflux meet URL</c></summary>
internal static class MeetCommand
{
    private static readonly Argument<string> s_meeting = new("meeting") { Description = "The meeting point: ws://host:port/meet/KEY, or the KEY alone at the server. Whoever names it second is connected to the first." };

    public static Command Create() => new Command("meet", "Meet one other peer, and talk with it outside any network: each line goes to it, /quit or the end of input ends the connection.") { s_meeting }
        .WithPeerOptions()
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var text = parsed.GetValue(s_meeting)!;
        var meeting = text.Contains("://", StringComparison.Ordinal) ? text : $"{PeerOptions.ServerOf(parsed).GetLeftPart(UriPartial.Authority)}/meet/{text}";
        if (!Uri.TryCreate(meeting, UriKind.Absolute, out var url) || !MeetingAddress.TryParse(url, out var server, out _, out var why)) throw new WrongUseException($"'{text}' is no meeting point; expected is ws://host:port/meet/KEY.");
        await using var self = await RunningPeer.StartAsync(PeerOptions.Read(parsed, server), parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        terminal.Tell("waiting", $"* Waiting at {meeting} …", json => json.WriteString("meeting", meeting));
        await using var peer = await self.Client.ConnectAsync(url, stop).ConfigureAwait(false);
        terminal.Tell("connected", $"* You are {self.Name}#{self.Id.Short}, connected to {peer.Peer}.", json => WritePeer(json, peer.Peer));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var shown = ShowAsync(terminal, peer, ending.Token);
        var read = ReadAsync(terminal, peer, ending.Token);
        if (await Task.WhenAny(shown, read).ConfigureAwait(false) == read)
        {
            await read.ConfigureAwait(false);
            await peer.DisconnectAsync(stop).ConfigureAwait(false);
        }
        await shown.ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        return NetfluxCommand.Done;
    }

    private static async Task ShowAsync(Terminal terminal, NetfluxPeer peer, CancellationToken stop)
    {
        await foreach (var happening in peer.Events(stop).ConfigureAwait(false))
        {
            if (happening is PeerMessageReceived message)
            {
                var text = Encoding.UTF8.GetString(message.Payload.Span);
                terminal.Tell("message", $"{peer.Peer}: {text}", json =>
                {
                    json.WriteString("from", peer.Id.ToString());
                    json.WriteString("name", peer.Name);
                    json.WriteString("kind", "direct");
                    json.WriteString("text", text);
                });
            }
            else if (happening is PeerDisconnected gone)
                terminal.Tell("disconnected", $"* {peer.Peer} is not connected any more ({gone.Reason}).", json => { WritePeer(json, peer.Peer); json.WriteString("reason", Terminal.CodeOf(gone.Reason)); });
        }
    }

    private static async Task ReadAsync(Terminal terminal, NetfluxPeer peer, CancellationToken stop)
    {
        await foreach (var line in terminal.ReadLines().ReadAllAsync(stop).ConfigureAwait(false))
        {
            if (line.Trim() == "/quit") return;
            if (line.Length > 0) await peer.SendAsync(Encoding.UTF8.GetBytes(line), stop).ConfigureAwait(false);
        }
    }

    private static void WritePeer(Utf8JsonWriter json, Peer peer)
    {
        json.WriteString("peer", peer.Id.ToString());
        json.WriteString("name", peer.Name);
    }
}
