using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Netflux.Hosting;
using Netflux.Transport.WebRtc.Io;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.DataChannels;

/// <summary>One thing that data channels need, and whether this machine has it.</summary>
/// <param name="Name">For programs: camel case.</param>
/// <param name="Verdict">Whether it is so.</param>
/// <param name="Text">In a sentence, with what to do where it is not.</param>
internal sealed record Finding(string Name, Verdict Verdict, string Text);

internal enum Verdict
{
    Good,
    /// <summary>It works, and could work better.</summary>
    Warning,
    Bad,
}

/// <summary>What this machine can do for data channels, found by doing it. Every step takes seconds at most.</summary>
internal static class ConnectivityCheck
{
    /// <summary>A server that answers does so within a second or two; RFC 8489 §6.2.1 repeats a request at 0.5, 1.5 and 3.5 s.</summary>
    private static readonly TimeSpan s_serverLimit = TimeSpan.FromSeconds(5);

    /// <summary>Guess: it takes milliseconds.</summary>
    private static readonly TimeSpan s_loopbackLimit = TimeSpan.FromSeconds(10);

    private const int Pings = 200;   // guess: enough for a median, too few to be waited for

    public static async IAsyncEnumerable<Finding> RunAsync(NetfluxOptions options, ILoggerFactory logging)
    {
        var portOptions = new RtcPortOptions { Port = options.UdpPort, Addresses = [.. options.UdpAddresses] };
        yield return CheckBuffers(portOptions);
        yield return CheckOffload();
        yield return CheckAddresses(portOptions);
        RtcPort? port = null;
        var why = "";
        try { port = RtcPort.Create(portOptions, logging); }
        catch (SocketException failure) { why = failure.Message; }
        if (port is null)
        {
            yield return new("udp", Verdict.Bad, $"No UDP port can be opened ({why}): there will be no data channels.");
            yield break;
        }
        using (port)
        {
            yield return new("udp", Verdict.Good, $"UDP port {port.Port} can be opened.");
            foreach (var server in options.IceServers) yield return await CheckServerAsync(port, portOptions, server).ConfigureAwait(false);
            if (options.IceServers.Count == 0) yield return new("iceServers", Verdict.Warning, "No STUN or TURN server is given: data channels reach as far as this machine's own addresses. Try --ice-server stun:HOST.");
        }
        yield return await CheckLoopbackAsync(logging).ConfigureAwait(false);
    }

    private static Finding CheckBuffers(RtcPortOptions options)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try { socket.ReceiveBufferSize = socket.SendBufferSize = options.SocketBufferBytes; }
        catch (SocketException) { } // the system keeps its own
        // Linux reports twice what it grants, for its own overhead (socket(7), SO_RCVBUF).
        var granted = Math.Min(socket.ReceiveBufferSize, socket.SendBufferSize) / (OperatingSystem.IsLinux() ? 2 : 1);
        return granted >= options.SocketBufferBytes
            ? new("buffers", Verdict.Good, $"Socket buffers of {options.SocketBufferBytes >> 10} KiB are granted.")
            : new("buffers", Verdict.Warning, $"Of socket buffers of {options.SocketBufferBytes >> 10} KiB the system grants {granted >> 10} KiB: bursts may be lost and sent again.{(OperatingSystem.IsLinux() ? $" Try sysctl -w net.core.rmem_max={options.SocketBufferBytes} net.core.wmem_max={options.SocketBufferBytes}." : "")}");
    }

    private static Finding CheckOffload()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        return (UdpOffload.TrySetSegment(socket, 0), UdpOffload.TryReceiveJoined(socket)) switch
        {
            (true, true) => new("offload", Verdict.Good, "The kernel cuts and joins datagrams (UDP_SEGMENT, UDP_GRO): many pass in one call."),
            (true, false) or (false, true) => new("offload", Verdict.Warning, "The kernel cuts or joins datagrams, but not both: one direction takes one call for each."),
            _ => new("offload", Verdict.Warning, "The system does not cut and join datagrams for us: each takes a call of its own. It works, at half the speed or less."),
        };
    }

    private static Finding CheckAddresses(RtcPortOptions options)
    {
        var addresses = HostAddresses.Find(options);
        var list = string.Join(", ", addresses);
        return addresses.Count == 0 ? new("addresses", Verdict.Bad, "This machine has no address that data channels could use.")
            : addresses.All(IPAddress.IsLoopback) ? new("addresses", Verdict.Warning, $"This machine has loopback addresses only ({list}): peers elsewhere cannot be reached.")
            : new("addresses", Verdict.Good, $"Data channels use {list}.");
    }

    private static Task<Finding> CheckServerAsync(RtcPort port, RtcPortOptions portOptions, Hosting.IceServer server) =>
        server.IsRelay ? CheckRelayAsync(port, server) : CheckStunAsync(portOptions, server);

    private static async Task<Finding> CheckStunAsync(RtcPortOptions portOptions, Hosting.IceServer server)
    {
        var begun = Stopwatch.GetTimestamp();
        var seen = IceServerUrl.TryParse(server.Url, out var url) ? await StunInquiry.AskAsync(url, s_serverLimit).ConfigureAwait(false) : null;
        return seen is null
            ? new("stun", Verdict.Bad, $"{server.Url} did not answer within {s_serverLimit.TotalSeconds:0} s. Is it up, and does the firewall let UDP to it through?")
            : new("stun", Verdict.Good, $"{server.Url} sees us at {seen}{(HostAddresses.Find(portOptions).Contains(seen.Address) ? ", where no NAT is in between" : "")} (after {Stopwatch.GetElapsedTime(begun).TotalMilliseconds:0} ms).");
    }

    private static async Task<Finding> CheckRelayAsync(RtcPort port, Hosting.IceServer server)
    {
        var gathering = new Gathering(" typ relay");
        var begun = Stopwatch.GetTimestamp();
        var connection = port.NewConnection(gathering, new() { IceServers = [new(server.Url, server.UserName, server.Password)], RelayOnly = true });
        if (connection is null) return new("turn", Verdict.Bad, $"{server.Url} was not asked: there is no room for another connection.");
        connection.OpenChannel(new() { NegotiatedId = 0 });
        connection.Offer();
        var line = await gathering.Found.WaitAsync(s_serverLimit).ContinueWith(found => found.IsCompletedSuccessfully ? found.Result : null, TaskScheduler.Default).ConfigureAwait(false);
        var took = Stopwatch.GetElapsedTime(begun);
        var troubles = string.Concat(connection.Report().ServerTroubles.Select(trouble => $" {trouble.Why}"));
        connection.Close();
        if (line is null) return new("turn", Verdict.Bad, $"{server.Url} gave no address{(took < s_serverLimit ? "" : $" within {s_serverLimit.TotalSeconds:0} s")}.{troubles} Is it up, does the firewall let {(server.Url.Contains("transport=tcp", StringComparison.OrdinalIgnoreCase) ? "TCP" : "UDP")} to it through, and are user and password right?");
        var words = line.Split(' ');
        var address = IPAddress.TryParse(words[4], out var relayed) && ushort.TryParse(words[5], out var relayedPort) ? new IPEndPoint(relayed, relayedPort).ToString() : line;
        return new("turn", Verdict.Good, $"{server.Url} relays for us at {address} (after {took.TotalMilliseconds:0} ms).");
    }

    private static async Task<Finding> CheckLoopbackAsync(ILoggerFactory logging)
    {
        var options = new RtcPortOptions { Addresses = [IPAddress.Loopback] };
        using var near = RtcPort.Create(options, logging);
        using var far = RtcPort.Create(options, logging);
        var warm = await LoopbackTrial.RunAsync(near, far, 1, s_loopbackLimit).ConfigureAwait(false);      // what runs for the first time is compiled first
        var trial = warm is null ? null : await LoopbackTrial.RunAsync(near, far, Pings, s_loopbackLimit).ConfigureAwait(false);
        return trial is { } done
            ? new("loopback", Verdict.Good, $"A data channel to this machine itself opens in {done.Open.TotalMilliseconds:0.0} ms; a message goes there and back in {done.RoundTrip.TotalMicroseconds:0} µs.")
            : new("loopback", Verdict.Bad, $"A data channel to this machine itself does not open within {s_loopbackLimit.TotalSeconds:0} s: is UDP on loopback blocked?");
    }

    /// <summary>Waits for a candidate of one kind.</summary>
    private sealed class Gathering(string wanted) : QuietListener
    {
        private readonly TaskCompletionSource<string?> _found = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string?> Found => _found.Task;

        public override void OnDescription(RtcConnection connection, bool isOffer, string sdp)
        {
            foreach (var line in sdp.Split("\r\n"))
                if (line.StartsWith("a=candidate:", StringComparison.Ordinal)) OnCandidate(connection, line);
        }

        public override void OnCandidate(RtcConnection connection, string candidate)
        {
            if (candidate.Length == 0) _found.TrySetResult(null);
            else if (candidate.Contains(wanted, StringComparison.Ordinal)) _found.TrySetResult(candidate);
        }
    }
}
