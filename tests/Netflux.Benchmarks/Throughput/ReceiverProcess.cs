using System.Diagnostics;

namespace Netflux.Benchmarks.Throughput;

/// <summary>The receiver in a process of its own. It says where it listens in its first line, and ends with its standard input, so it never outlives the sender.</summary>
internal sealed class ReceiverProcess : IDisposable
{
    private readonly Process _process;

    private ReceiverProcess(Process process, string address) => (_process, Address) = (process, address);

    public string Address { get; }

    public static async Task<int> RunAsync(string stack)
    {
        await using var peer = Stacks.All[stack]();
        Console.WriteLine(await peer.ListenAsync());
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public static async Task<ReceiverProcess> StartAsync(string stack)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet") start.ArgumentList.Add(typeof(ReceiverProcess).Assembly.Location);
        start.ArgumentList.Add("receive");
        start.ArgumentList.Add(stack);
        var process = Process.Start(start)!;
        var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The receiver of '{stack}' ended before it listened.");
        return new(process, address);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5))) _process.Kill();
        _process.Dispose();
    }
}
