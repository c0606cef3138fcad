using System.CommandLine;
using System.Text.Json;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Simulation.Measures;
using Netflux.Simulation.Pictures;
using Netflux.Simulation.Scenarios;

namespace Netflux.Host.Cli;

/// <summary><c>netflux graph NETWORK</c> and <c>netflux graph --scenario SCENARIO</c></summary>
internal static class GraphCommand
{
    private static readonly Argument<string?> s_network = new("network") { Description = "The network's name or id at the server, or its whole address ws://host:port/net/NAME.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> s_scenario = new("--scenario") { Description = $"Draw a simulated gossip network instead, at the end of this scenario: a file, or one of {string.Join(", ", Scenario.Names)}.", HelpName = "SCENARIO" };
    private static readonly Option<ulong> s_seed = new("--seed") { Description = "The seed of the simulation; the same seed gives the same picture.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> s_nodes = new("--nodes") { Description = "How many members are simulated, where it is not what the scenario says.", HelpName = "N" };
    private static readonly Option<FileInfo?> s_svg = new("--svg") { Description = "A file for the picture.", HelpName = "FILE" };
    private static readonly Option<FileInfo?> s_dot = new("--dot") { Description = "A file for Graphviz.", HelpName = "FILE" };

    public static Command Create() => new Command("graph", "Draw a network that exists: join it, ask its members who has links with whom, and leave; or one that is simulated. Members, their links, and the way of a broadcast. Without a file, DOT on standard output.")
    {
        s_network, s_scenario, s_seed, s_nodes, s_svg, s_dot,
    }.WithPeerOptions().Does(RunAsync);

    private static Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop) => (parsed.GetValue(s_network), parsed.GetValue(s_scenario)) switch
    {
        ({ } network, null) => DrawNetworkAsync(parsed, network, terminal, stop),
        (null, { } scenario) => DrawScenario(parsed, scenario, terminal),
        _ => throw new WrongUseException("Which network is to be drawn? Expected is its name, its id or its address, or --scenario for one that is simulated."),
    };

    // ---- A network that exists ----

    private static async Task<int> DrawNetworkAsync(ParseResult parsed, string name, Terminal terminal, CancellationToken stop)
    {
        var address = PeerOptions.AddressOf(parsed, name);
        await using var peer = await RunningPeer.StartAsync(PeerOptions.Read(parsed, address.Server), parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        await using var network = await peer.Client.JoinAsync(address, orCreate: null, stop).ConfigureAwait(false);
        var graph = await network.GetGraphAsync(stop).ConfigureAwait(false);
        var picture = GraphPicture.Of(graph, peer.Id);
        if (!Write(parsed, picture) && !parsed.GetValue(PeerOptions.Json)) TellDot(terminal, picture);
        else terminal.Tell("graph", $"{picture.Title}.", json => WriteGraph(json, network.Id, graph));
        return NetfluxCommand.Done;
    }

    private static void WriteGraph(Utf8JsonWriter json, NetworkId network, NetworkGraph graph)
    {
        json.WriteString("network", network.ToString());
        json.WriteStartArray("members");
        foreach (var member in graph.Members)
        {
            json.WriteStartObject();
            json.WriteString("peer", member.Peer.Id.ToString());
            json.WriteString("name", member.Peer.Name);
            if (member.Links is null) json.WriteNull("links");
            else
            {
                json.WriteStartArray("links");
                foreach (var link in member.Links)
                {
                    json.WriteStartObject();
                    json.WriteString("to", link.To.ToString());
                    json.WriteBoolean("relayed", link.IsRelayed);
                    json.WriteBoolean("broadcasts", link.CarriesBroadcasts);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    // ---- A simulated one ----

    private static Task<int> DrawScenario(ParseResult parsed, string name, Terminal terminal)
    {
        if (parsed.GetValue(s_nodes) < 2) throw new WrongUseException("--nodes is how many members there are; expected is 2 or more.");
        var scenario = SimulateCommand.Find(name);
        if (scenario.Topology is not null) throw new WrongUseException($"{scenario.Name} plays whole peers, whose overlay is not drawn; expected is a scenario without a topology.");
        if (parsed.GetValue(s_nodes) is { } nodes) scenario = scenario with { Nodes = nodes };
        BroadcastTree? tree = null;
        ScenarioRun.Play(scenario, parsed.GetValue(s_seed), mutation: null, world => tree = new BroadcastTree(world));
        var picture = OverlayPicture.Of(tree!);
        if (!Write(parsed, picture)) TellDot(terminal, picture);
        return Task.FromResult(NetfluxCommand.Done);
    }

    /// <summary>False where no file is asked for.</summary>
    private static bool Write(ParseResult parsed, OverlayPicture picture)
    {
        var (svg, dot) = (parsed.GetValue(s_svg), parsed.GetValue(s_dot));
        if (svg is not null) File.WriteAllText(svg.FullName, picture.ToSvg());
        if (dot is not null) File.WriteAllText(dot.FullName, picture.ToDot());
        return svg is not null || dot is not null;
    }

    private static void TellDot(Terminal terminal, OverlayPicture picture)
    {
        foreach (var line in picture.ToDot().TrimEnd().Split('\n')) terminal.Say(line);
    }
}
