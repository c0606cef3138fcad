using System.Globalization;
using BenchmarkDotNet.Running;
using Netflux.Benchmarks;
using Netflux.Benchmarks.Signaling;
using Netflux.Benchmarks.Throughput;
using Netflux.Benchmarks.WebRtc;

return args switch
{
    ["throughput", .. var options] => await ThroughputRunner.RunAsync(options),
    ["receive", var stack] => await ThroughputRunner.ReceiveAsync(stack),
    ["webrtc-peer", .. var options] => WebRtcPeer.Run(options),
    ["webrtc-many", .. var options] => await ManyConnections.RunAsync(options),
    ["webrtc", .. var options] => await WebRtcComparison.RunAsync(options),
    ["relay", .. var options] => await RelayComparison.RunAsync(options),
    ["relay-hold", var server, var count] => await RelayLoad.HoldAsync(server, int.Parse(count, CultureInfo.InvariantCulture)),
    ["relay-load", var server, var seconds] => await RelayLoad.RunAsync(server, TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture))),
    ["relay-server", var server] => await RelayServer.RunAsync(server),
    ["idle-memory"] => await IdleMemory.RunAsync(),
    ["idle-members", var server] => await IdleMemory.JoinAsync(new Uri(server)),
    _ => BenchmarkSwitcher.FromAssembly(typeof(ChildProcess).Assembly).Run(args).Any() ? 0 : 1,
};
