using System.Text.Json;
using Netflux.Identity;
using Netflux.ChainPeer;

// netflux-chainpeer: JSON lines in and out (PeerWords.cs); goes offline when its input ends.

var output = new Lock();
RunningPeer? peer = null;
try
{
    while (await Console.In.ReadLineAsync() is { } line) await ObeyAsync(JsonSerializer.Deserialize(line, PeerJson.Default.PeerCommand)!);
    if (peer is not null) await peer.DisposeAsync();
    return 0;
}
catch (Exception failure)
{
    Say(new("broken") { Text = failure.ToString() });
    return 1;
}

async Task ObeyAsync(PeerCommand command)
{
    switch (command.Command)
    {
        case "join": peer = await RunningPeer.JoinAsync(command, Say); break;
        case "send":
            Say(new("sending") { Peer = command.To });
            _ = Task.Run(() => peer!.SendAsync(PeerId.Parse(command.To!), command.Count, command.Bytes));
            break;
        case "expect": peer!.Expect(PeerId.Parse(command.From!), command.Count); break;
        case "pause": peer!.Pause(); Say(new("paused")); break;
        case "resume": peer!.Resume(); Say(new("resumed")); break;
        case "stats": Say(peer!.Stats()); break;
        case "leave": await peer!.LeaveAsync(); break;
        default: throw new ArgumentException($"Not a command: {command.Command}");
    }
}

void Say(PeerEvent said)
{
    lock (output)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(said, PeerJson.Default.PeerEvent));
        Console.Out.Flush();
    }
}
