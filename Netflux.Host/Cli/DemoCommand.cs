using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Netflux.Host.Server;
using Netflux.Hosting;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary><c>netflux demo</c></summary>
internal static class DemoCommand
{
    private const int FirstPort = 8400, PortsTried = 20;

    private static readonly Option<int?> s_port = new("--port") { Description = $"Where the signaling server listens, on 127.0.0.1; 0 is any free port. Without it {FirstPort}, or the next that is free.", HelpName = "PORT" };
    private static readonly Option<double?> s_for = new("--for") { Description = "End after so many seconds, instead of at Ctrl-C.", HelpName = "SECONDS" };
    private static readonly Option<double> s_pace = new("--pace") { Description = "Seconds between two lines of the talk.", HelpName = "SECONDS", DefaultValueFactory = _ => 2.5 };

    public static Command Create() => new Command("demo", "Run a signaling server and three peers that talk through direct connections, to watch and to join from a browser or another terminal.") { s_port, s_for, s_pace, PeerOptions.Json, PeerOptions.Verbose }
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (parsed.GetValue(s_for) is { } seconds) limited.CancelAfter(TimeSpan.FromSeconds(seconds));
        var verbose = parsed.GetValue(PeerOptions.Verbose);
        var (app, port) = await StartHostAsync(parsed.GetValue(s_port), terminal, verbose, limited.Token).ConfigureAwait(false);
        await using (app.ConfigureAwait(false))
        {
            var server = new Uri($"ws://127.0.0.1:{port}");
            await using var talk = new DemoTalk(terminal, NetworkAddress.At(server, "demo"), TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(s_pace), 0.01, 3600)));
            try
            {
                foreach (var name in DemoTalk.Names)
                {
                    var options = new NetfluxOptions { Server = server, DisplayName = name };
                    if (DemoTalk.Listens(name)) options.Listen.Add(new("ws://127.0.0.1:0"));
                    await talk.AddAsync(await RunningPeer.StartAsync(options, verbose, limited.Token).ConfigureAwait(false), limited.Token).ConfigureAwait(false);
                }
                await talk.TellLinksAsync(limited.Token).ConfigureAwait(false);
                terminal.Say("");
                terminal.Say($"Join them: open http://127.0.0.1:{port}/ in two tabs of a browser, which become two peers more, or from another terminal:");
                terminal.Say($"    {ThisProgram()} chat demo --name YOU{(port == FirstPort ? "" : $" --server {server.GetLeftPart(UriPartial.Authority)}")}");
                terminal.Say("Ctrl-C ends the demonstration.");
                terminal.Say("");
                await talk.RunAsync(limited.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (limited.IsCancellationRequested)
            {
                terminal.Say("* The demonstration ends; its peers go offline.");
            }
        }
        return NetfluxCommand.Done;
    }

    private static async Task<(WebApplication App, int Port)> StartHostAsync(int? wanted, Terminal terminal, bool verbose, CancellationToken stop)
    {
        for (var port = wanted ?? FirstPort; ; port++)
        {
            try
            {
                var app = await SignalingHost.StartAsync([$"http://127.0.0.1:{port}"], new(), verbose, stop).ConfigureAwait(false);
                var bound = new Uri(app.Urls.Single()).Port;
                terminal.Tell("listening", $"A signaling server listens on http://127.0.0.1:{bound}{(wanted is not null || bound == FirstPort ? "" : $", since {FirstPort} is taken")}.",
                    json => json.WriteString("url", $"ws://127.0.0.1:{bound}"));
                return (app, bound);
            }
            catch (NetfluxException failure) when (wanted is null && port < FirstPort + PortsTried && failure.InnerException is { } inner && SignalingHost.IsPortTaken(inner)) { }
        }
    }

    /// <summary>How this program was called, so that the line can be copied: from the sources, or as a tool.</summary>
    private static string ThisProgram()
    {
        return IsOutputOf("Debug") ? "dotnet run --no-build --project Netflux.Host --" : IsOutputOf("Release") ? "dotnet run -c Release --no-build --project Netflux.Host --" : "netflux";

        static bool IsOutputOf(string configuration) => AppContext.BaseDirectory.Contains(Path.Join("Netflux.Host", "bin", configuration), StringComparison.Ordinal);
    }
}
