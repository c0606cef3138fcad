using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Netflux.Hosting;
using Netflux.Messages;
using Netflux.Transport.DataChannels;

namespace Netflux.Host.Cli;

/// <summary><c>netflux doctor [NETWORK]</c></summary>
internal static class DoctorCommand
{
    private static readonly Argument<string?> s_network = new("network") { Description = "A network to join: the links to its members are told, with what was tried and why this one.", Arity = ArgumentArity.ZeroOrOne };

    public static Command Create() => new Command("doctor", "Find out how well this machine can link to other peers, and, with a network, how it links to its members. Does not stay there.") { s_network }
        .WithPeerOptions()
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var address = parsed.GetValue(s_network) is { } network ? PeerOptions.AddressOf(parsed, network) : null;
        var options = PeerOptions.Read(parsed, address?.Server);
        using var logging = LoggerFactory.Create(logging => RunningPeer.Verbosely(logging, parsed.GetValue(PeerOptions.Verbose)));
        var bad = 0;
        terminal.Say("This machine");
        await foreach (var finding in ConnectivityCheck.RunAsync(options, logging).WithCancellation(stop).ConfigureAwait(false))
        {
            terminal.Tell("finding", $"  {Mark(finding.Verdict)} {finding.Text}", json =>
            {
                json.WriteString("name", finding.Name);
                json.WriteString("verdict", Terminal.CodeOf(finding.Verdict));
                json.WriteString("text", finding.Text);
            });
            if (finding.Verdict == Verdict.Bad) bad++;
        }
        if (address is not null) bad += await ExamineLinksAsync(terminal, options, parsed.GetValue(PeerOptions.Verbose), address, stop).ConfigureAwait(false);
        terminal.Say("");
        terminal.Tell("done", bad == 0 ? "All is well." : bad == 1 ? "One thing does not work." : string.Create(CultureInfo.InvariantCulture, $"{bad} things do not work."), json => json.WriteNumber("bad", bad));
        return bad == 0 ? NetfluxCommand.Done : NetfluxCommand.Failed;
    }

    private static async Task<int> ExamineLinksAsync(Terminal terminal, NetfluxOptions options, bool verbose, NetworkAddress address, CancellationToken stop)
    {
        await using var peer = await RunningPeer.StartAsync(options, verbose, stop).ConfigureAwait(false);
        await using var network = await peer.Client.JoinAsync(address, orCreate: null, stop).ConfigureAwait(false);
        terminal.Say("");
        terminal.Say($"Links to the members of {address}");
        if (network.Members.Count == 0) terminal.Say("  Nobody else is there.");
        var bad = 0;
        var until = Task.Delay(RunningPeer.LinksTime, stop);
        foreach (var member in network.Members)
        {
            var report = await peer.GetSettledLinksAsync(member.Id, until, stop).ConfigureAwait(false);
            LinkReportText.Tell(terminal, member, report);
            if (!report.Up.Any()) bad++;
        }
        return bad;
    }

    private static char Mark(Verdict verdict) => verdict switch { Verdict.Good => '+', Verdict.Warning => '!', _ => '-' };
}
