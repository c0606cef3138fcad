using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Netflux.CutProxy;

// netflux-cutproxy TARGET [--listen HOST:PORT] [--seed N]: JSON lines in and out (ProxyMessages.cs); ends when its input does.

if (args.Length < 1 || !IPEndPoint.TryParse(args[0], out var target)) return Usage();
var listen = new IPEndPoint(IPAddress.Loopback, 0);
ulong seed = 1;
for (var i = 1; i + 1 < args.Length; i += 2)
{
    if (args[i] == "--listen" && IPEndPoint.TryParse(args[i + 1], out var given)) listen = given;
    else if (args[i] == "--seed" && ulong.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) seed = number;
    else return Usage();
}

var output = new Lock();
var plan = new CutPlan(seed);
var open = new ConcurrentDictionary<int, ProxyConnection>();
using var listener = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
listener.Bind(listen);
listener.Listen(512);
Say(new("listening") { Port = ((IPEndPoint)listener.LocalEndPoint!).Port, Seed = (long)seed });
_ = AcceptAsync();
while (await Console.In.ReadLineAsync() is { } line) Obey(line);
return 0;

async Task AcceptAsync()
{
    for (var number = 1; ; number++) _ = CarryAsync(await listener.AcceptAsync(), number);
}

async Task CarryAsync(Socket client, int number)
{
    var upstream = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    client.NoDelay = true;
    try
    {
        await upstream.ConnectAsync(target);
    }
    catch (SocketException e)
    {
        Say(new("error") { Connection = number, Text = e.Message });
        client.LingerState = new(true, 0);
        client.Dispose();
        upstream.Dispose();
        return;
    }
    var cut = plan.Next();
    using var connection = new ProxyConnection(client, upstream, cut);
    var wasCut = false;
    connection.WasCut += kind =>
    {
        wasCut = true;
        plan.Done();
        Say(new("cut") { Connection = number, Kind = kind, Up = connection.Up, Down = connection.Down, CutsDone = plan.Counts.Done, CutsLeft = plan.Counts.Left });
    };
    open[number] = connection;
    Say(new("opened") { Connection = number });
    await connection.RunAsync();
    open.TryRemove(number, out _);
    if (cut is not null && !wasCut) plan.Return();
    Say(new("closed") { Connection = number, Up = connection.Up, Down = connection.Down });
}

void Obey(string line)
{
    try
    {
        var command = JsonSerializer.Deserialize(line, ProxyJson.Default.ProxyCommand);
        switch (command?.Command)
        {
            case "plan" when command is { Cuts: >= 0, From: >= 0, Kinds.Count: > 0, Directions.Count: > 0 } && command.To >= command.From: plan.Set(command); break;
            case "heal": plan.Set(null); break;
            case "cut": foreach (var connection in open.Values) connection.CutNow(command.Kind); break;
            case "release": foreach (var connection in open.Values) connection.Release(); break;
            case "stats": break;
            default: Say(new("error") { Text = $"Not a command: {line}" }); return;
        }
        Say(new("stats") { CutsDone = plan.Counts.Done, CutsLeft = plan.Counts.Left, Open = open.Count, Text = command.Command });
    }
    catch (JsonException e)
    {
        Say(new("error") { Text = e.Message });
    }
}

void Say(ProxyEvent said)
{
    lock (output)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(said, ProxyJson.Default.ProxyEvent));
        Console.Out.Flush();
    }
}

static int Usage()
{
    Console.Error.WriteLine("Usage: netflux-cutproxy TARGET-IP:PORT [--listen IP:PORT] [--seed NUMBER]; then one JSON command per line on standard input.");
    return 2;
}
