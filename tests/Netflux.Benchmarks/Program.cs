using BenchmarkDotNet.Running;
using Netflux.Benchmarks;
using Netflux.Benchmarks.Throughput;
using Netflux.Benchmarks.WebRtc;

return args switch
{
    ["throughput", .. var options] => await ThroughputRunner.RunAsync(options),
    ["receive", var stack] => await ThroughputRunner.ReceiveAsync(stack),
    ["webrtc-peer", .. var options] => WebRtcPeer.Run(options),
    ["webrtc-many", .. var options] => await ManyConnections.RunAsync(options),
    ["webrtc", .. var options] => await WebRtcComparison.RunAsync(options),
    ["idle-memory"] => await IdleMemory.RunAsync(),
    ["idle-members", var server] => await IdleMemory.JoinAsync(new Uri(server)),
    _ => BenchmarkSwitcher.FromAssembly(typeof(ChildProcess).Assembly).Run(args).Any() ? 0 : 1,
};
