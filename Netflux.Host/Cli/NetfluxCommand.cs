using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary>The <c>netflux</c> command: its parts, its exit codes, and what becomes of failures.</summary>
internal static class NetfluxCommand
{
    public const int Done = 0, Failed = 1, WrongUse = 2;

    public static RootCommand Create() => new("""
        Peer-to-peer networks: processes that meet through a signaling server and then talk directly.

        Try it:     netflux demo
        Serve:      netflux host
        Talk:       netflux chat lobby --name alice
        Examine:    netflux doctor
        Simulate:   netflux simulate churn --seeds 100
        """)
    {
        HostCommand.Create(), ChatCommand.Create(), JoinCommand.Create(), CreateCommand.Create(), NetworksCommand.Create(), TicketCommand.Create(), RequestsCommand.Create(), BackupCommand.Create(), SendCommand.Create(), MeetCommand.Create(), DoctorCommand.Create(), DemoCommand.Create(), SimulateCommand.Create(), GraphCommand.Create(),
    };

    public static async Task<int> RunAsync(string[] args)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        // Who says nothing asks what there is.
        var parsed = Create().Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Errors.Count > 0)
        {
            await Console.Error.WriteLineAsync(Terminal.Printable(WrongWords.Explain(parsed))).ConfigureAwait(false);
            return WrongUse;
        }
        // Going offline takes at most 3 s; a person who pressed Ctrl-C waits at most 5.
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(4.5) }).ConfigureAwait(false);
    }

    /// <summary>Gives a command its work: failures become one sentence and exit code 1, Ctrl-C and a broken pipe end quietly.</summary>
    public static Command Does(this Command command, Func<ParseResult, Terminal, CancellationToken, Task<int>> work)
    {
        command.SetAction(async (parsed, interrupted) =>
        {
            var json = parsed.GetResult(PeerOptions.Json) is not null && parsed.GetValue(PeerOptions.Json);
            using var terminal = Terminal.Open(json);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(interrupted, terminal.Closed);
            try
            {
                return await work(parsed, terminal, stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return Done;
            }
            catch (NetfluxException failure)
            {
                if (stop.IsCancellationRequested) return Done;
                terminal.Fail(Terminal.CodeOf(failure.Error), failure switch
                {
                    { Error: NetfluxError.AccessDenied } => $"{failure.Message} {AccessOptions.Advice}",
                    _ when IsNotRunning(failure) => $"{failure.Message} Run 'netflux host' to start one.",
                    _ => failure.Message,
                });
                return Failed;
            }
            catch (WrongUseException wrong)
            {
                terminal.Fail("wrongUse", wrong.Message);
                return WrongUse;
            }
        });
        return command;
    }

    private static bool IsNotRunning(NetfluxException failure) => failure.Error == NetfluxError.ServerUnreachable && failure.Message.Contains("nothing listens", StringComparison.Ordinal);
}

/// <summary>Arguments that can be read but make no sense; the text says what to write instead.</summary>
internal sealed class WrongUseException(string message) : Exception(message);
