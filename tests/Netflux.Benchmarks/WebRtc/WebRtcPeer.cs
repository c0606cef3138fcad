using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Transport.WebRtc.Io;

namespace Netflux.Benchmarks.WebRtc;

/// <summary>
/// One of the programs that the WebRTC comparison drives: commands come as JSON lines on standard input, events go out on standard output. The other stacks'
/// programs in <c>peers/</c> speak the same.
/// </summary>
internal sealed class WebRtcPeer(Func<RtcPort> port)
{
    private readonly Dictionary<string, PeerConnectionUnderTest> _connections = [];

    /// <param name="options">
    /// <c>--portable</c> goes without segmentation offload, <c>--default-buffers</c> leaves the sockets' buffers as the system makes them, <c>--port-each</c> gives
    /// each connection a UDP port of its own, as if it were in a process of its own.
    /// </param>
    public static int Run(string[] options)
    {
        RtcWarmUp.RunAsync(TimeSpan.Zero).GetAwaiter().GetResult(); // else it goes on, slowly, while others are measured
        var portOptions = new RtcPortOptions
        {
            Loopback = true,
            Offload = !options.Contains("--portable"),
            SocketBufferBytes = options.Contains("--default-buffers") ? 0 : new RtcPortOptions().SocketBufferBytes,
        };
        RtcPort NewPort() => RtcPort.Create(portOptions, NullLoggerFactory.Instance);
        using var common = NewPort();
        var peer = new WebRtcPeer(options.Contains("--port-each") ? NewPort : () => common);
        Say(new() { ["ev"] = "ready" });
        while (Console.In.ReadLine() is { } line)
        {
            if (line.Length == 0) continue;
            try
            {
                if (JsonNode.Parse(line) is not JsonObject command || !peer.Obey(command)) break;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                Say(new() { ["ev"] = "error", ["msg"] = e.Message });
            }
        }
        return 0;
    }

    public static void Say(JsonObject happened)
    {
        lock (Console.Out)
        {
            Console.Out.WriteLine(happened.ToJsonString());
            Console.Out.Flush();
        }
    }

    private bool Obey(JsonObject command)
    {
        var id = command["id"] ?? ""; // a string or a number, told back as it came
        switch ((string?)command["t"])
        {
            case "connect":
                Open(id).Offer();
                break;
            case "desc":
                var described = _connections.GetValueOrDefault(id.ToJsonString()) ?? Open(id);
                described.Describe((string?)command["type"] == "offer", (string)command["sdp"]!);
                break;
            case "cand":
                _connections.GetValueOrDefault(id.ToJsonString())?.AddCandidate((string?)command["c"]?["candidate"] ?? "");
                break;
            case "mode":
                Find(id).SetMode((string?)command["mode"] == "echo");
                break;
            case "send":
                Find(id).StartSending((int)command["size"]!);
                break;
            case "stop":
                Find(id).StopSending();
                break;
            case "stat":
                Find(id).TellStatistics();
                break;
            case "ping":
                Find(id).StartPings((int)command["n"]!, (int)command["size"]!);
                break;
            case "gc":
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                Say(new() { ["ev"] = "gc" });
                break;
            case "close":
                Find(id).Close();
                _connections.Remove(id.ToJsonString());
                break;
            case "exit":
                return false;
            default:
                throw new InvalidOperationException($"No such command: {command.ToJsonString()}");
        }
        return true;
    }

    private PeerConnectionUnderTest Find(JsonNode id) =>
        _connections.GetValueOrDefault(id.ToJsonString()) ?? throw new InvalidOperationException($"There is no connection {id}.");

    private PeerConnectionUnderTest Open(JsonNode id)
    {
        var opened = new PeerConnectionUnderTest(id.DeepClone(), port());
        return _connections.TryAdd(id.ToJsonString(), opened) ? opened : throw new InvalidOperationException($"There is a connection {id} already.");
    }
}
