using System.CommandLine;
using System.Globalization;
using System.Text;
using Netflux.Client;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary><c>netflux send NETWORK TEXT</c></summary>
internal static class SendCommand
{
    private static readonly Argument<string> s_network = new("network") { Description = "The network's name or id at the server, or its whole address ws://host:port/net/NAME." };
    private static readonly Argument<string> s_text = new("text") { Description = "What to send; - takes all of standard input." };
    private static readonly Option<string?> s_to = new("--to") { Description = "Send to this member alone, by name, name#id or id.", HelpName = "NAME" };

    public static Command Create() => new Command("send", "Join a network that exists, send one message, wait until it is delivered, and leave.") { s_network, s_text, s_to }
        .WithPeerOptions()
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var address = PeerOptions.AddressOf(parsed, parsed.GetValue(s_network)!);
        var payload = parsed.GetValue(s_text) is "-" ? await ReadAllAsync(stop).ConfigureAwait(false) : Encoding.UTF8.GetBytes(parsed.GetValue(s_text)!);
        await using var peer = await RunningPeer.StartAsync(PeerOptions.Read(parsed, address.Server), parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        await using var network = await peer.Client.JoinAsync(address, orCreate: null, stop).ConfigureAwait(false);
        var receivers = network.Members;
        if (receivers.Count == 0) throw new NetfluxException(NetfluxError.PeerUnreachable, $"Nobody else is in {address} now; the message was not sent.");
        if (parsed.GetValue(s_to) is { } to)
        {
            receivers = [Find(receivers, to)];
            await network.SendConfirmedAsync(receivers[0].Id, payload, stop).ConfigureAwait(false);
        }
        else await network.BroadcastConfirmedAsync(payload, stop).ConfigureAwait(false);
        terminal.Tell("sent", $"Delivered to {string.Join(", ", receivers)}.", json =>
        {
            json.WriteString("network", network.Id.ToString());
            json.WriteStartArray("to");
            foreach (var receiver in receivers) json.WriteStringValue(receiver.Id.ToString());
            json.WriteEndArray();
            json.WriteNumber("bytes", payload.Length);
        });
        return NetfluxCommand.Done;
    }

    private static Peer Find(IReadOnlyList<Peer> members, string name)
    {
        var meant = members.Where(peer => peer.Name == name || peer.ToString() == name || peer.Id.ToString() == name).ToList();
        return meant.Count switch
        {
            1 => meant[0],
            0 => throw new NetfluxException(NetfluxError.UnknownPeer, $"Nobody here is called '{name}'; there are {string.Join(", ", members)}."),
            _ => throw new NetfluxException(NetfluxError.UnknownPeer, string.Create(CultureInfo.InvariantCulture, $"'{name}' is the name of {string.Join(" and ", meant)}; say which.")),
        };
    }

    private static async Task<byte[]> ReadAllAsync(CancellationToken stop)
    {
        using var all = new MemoryStream();
        await Console.OpenStandardInput().CopyToAsync(all, stop).ConfigureAwait(false);
        return all.ToArray();
    }
}
