using System.Diagnostics;

namespace Netflux.TestTools;

/// <summary>A server of PostgreSQL with an empty database, reached through a socket file in a folder of its own. It ends with this.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string SystemUser = "postgres"; // Debian's: the server refuses to run as root

    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-pg").FullName;
    private Process? _process;

    private PostgresServer()
    {
    }

    /// <summary>For Npgsql.</summary>
    public string Connection => $"Host={_folder};Database=postgres;Username={SystemUser}";

    /// <summary>Makes a server and starts it.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        var server = new PostgresServer();
        try
        {
            if (Environment.UserName == "root") await RunAsync("chown", SystemUser, server._folder);
            await EndAsync(server.AsUser("initdb", "--pgdata", server.Data, "--auth", "trust", "--username", SystemUser, "--no-sync", "--no-instructions", "--encoding", "UTF8"));
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>It dies without a word.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process) return;
        _process = null;
        await RunAsync("kill", "-QUIT", $"{process.Id}"); // at once, and its children with it
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>After it was killed: with what it had.</summary>
    public async Task StartAgainAsync()
    {
        // It is this machine that must not die for what is acknowledged to stay: the server is only killed.
        _process = Process.Start(AsUser("postgres", "-D", Data, "-k", _folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "log_min_messages=fatal", "-c", "logging_collector=off"))!;
        _ = _process.StandardError.ReadToEndAsync();
        _ = _process.StandardOutput.ReadToEndAsync();
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(30) && !_process.HasExited; await Task.Delay(50))
        {
            using var asked = Process.Start(AsUser("pg_isready", "-q", "-h", _folder))!;
            await asked.WaitForExitAsync();
            if (asked.ExitCode == 0) return;
        }
        throw new InvalidOperationException("postgres did not come up.");
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private static Task RunAsync(string program, params string[] arguments) => EndAsync(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });

    private ProcessStartInfo AsUser(string name, params string[] arguments)
    {
        var program = Path.Combine(Path.GetDirectoryName(Installed.PathOf(Tool.Postgres))!, name);
        var start = Environment.UserName == "root"
            ? new ProcessStartInfo("setpriv", ["--reuid", SystemUser, "--regid", SystemUser, "--clear-groups", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, _folder);
        return start;
    }

    private static async Task EndAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}: {await errors}{await output}");
    }
}
