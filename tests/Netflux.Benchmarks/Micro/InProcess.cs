using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Netflux.Benchmarks.Micro;

/// <summary>In this process: nothing is restored or built for a run.</summary>
internal sealed class InProcess : ManualConfig
{
    public InProcess() => AddJob(Job.MediumRun.WithLaunchCount(1).WithToolchain(InProcessEmitToolchain.Instance));
}
