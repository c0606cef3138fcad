using System.CommandLine;
using Netflux.Host.Tracking;

namespace Netflux.Host.Cli;

/// <summary><c>netflux backup FILE</c></summary>
internal static class BackupCommand
{
    private static readonly Argument<string> s_file = new("file") { Description = "The file to write, which must not be there yet." };
    private static readonly Option<string> s_data = PeerOptions.Data("The folder in which the host keeps the networks that it tracks.");

    public static Command Create() => new Command("backup", "Copy what a host remembers into a file, also while it runs. To go back to it, stop the host and put the file into its folder as tracking.db, without a tracking.db-wal beside it.") { s_file, s_data, PeerOptions.Json }
        .Does(RunAsync);

    private static Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var file = Path.GetFullPath(parsed.GetValue(s_file)!);
        SqliteStore.Backup(parsed.GetValue(s_data)!, file);
        terminal.Tell("saved", $"* {file} holds all that was remembered at this moment.", json => json.WriteString("file", file));
        return Task.FromResult(NetfluxCommand.Done);
    }
}
