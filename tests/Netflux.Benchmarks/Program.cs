using BenchmarkDotNet.Running;
using Netflux.Benchmarks.Throughput;

return args switch
{
    ["throughput", .. var options] => await ThroughputRunner.RunAsync(options),
    ["receive", var stack] => await ReceiverProcess.RunAsync(stack),
    _ => BenchmarkSwitcher.FromAssembly(typeof(ReceiverProcess).Assembly).Run(args).Any() ? 0 : 1,
};
