using System.Diagnostics;

namespace Netflux.Benchmarks;

/// <summary>This program once more, in a process of its own. It says that it is up, and where, in its first line, and ends with its standard input, so it never outlives its parent.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process, string firstLine) => (_process, FirstLine) = (process, firstLine);

    public string FirstLine { get; }

    public static async Task<ChildProcess> StartAsync(params string[] arguments)
    {
        var command = Command(arguments);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"'{string.Join(' ', arguments)}' ended before it was up.");
        return new(process, line);
    }

    /// <summary>This program and its arguments, whichever way it was started itself.</summary>
    public static IReadOnlyList<string> Command(params IReadOnlyList<string> arguments) => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet"
        ? [Environment.ProcessPath!, typeof(ChildProcess).Assembly.Location, .. arguments]
        : [Environment.ProcessPath!, .. arguments];

    /// <summary>Of the child: says that it is up, and waits for its end.</summary>
    public static async Task UpAsync(string firstLine)
    {
        Console.WriteLine(firstLine);
        await Console.In.ReadToEndAsync();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5))) _process.Kill();
        _process.Dispose();
    }
}
