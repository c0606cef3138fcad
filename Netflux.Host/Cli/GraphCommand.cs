using System.CommandLine;
using Netflux.Simulation.Measures;
using Netflux.Simulation.Pictures;
using Netflux.Simulation.Scenarios;

namespace Netflux.Host.Cli;

/// <summary><c>netflux graph [SCENARIO]</c></summary>
internal static class GraphCommand
{
    private static readonly Argument<string> s_what = new("scenario") { Description = $"A file, or one of {string.Join(", ", Scenario.Names)}.", DefaultValueFactory = _ => "calm" };
    private static readonly Option<ulong> s_seed = new("--seed") { Description = "The seed; the same seed gives the same picture.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> s_nodes = new("--nodes") { Description = "How many members, where it is not what the scenario says.", HelpName = "N" };
    private static readonly Option<FileInfo?> s_svg = new("--svg") { Description = "A file for the picture.", HelpName = "FILE" };
    private static readonly Option<FileInfo?> s_dot = new("--dot") { Description = "A file for Graphviz.", HelpName = "FILE" };

    public static Command Create() => new Command("graph", "Draw a gossip network at the end of a simulated scenario: members, their links, and the tree of the last broadcast. Without a file, DOT on standard output.")
    {
        s_what, s_seed, s_nodes, s_svg, s_dot,
    }.Does(Run);

    private static Task<int> Run(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        if (parsed.GetValue(s_nodes) < 2) throw new WrongUseException("--nodes is how many members there are; expected is 2 or more.");
        var scenario = SimulateCommand.Find(parsed.GetValue(s_what)!);
        if (parsed.GetValue(s_nodes) is { } nodes) scenario = scenario with { Nodes = nodes };
        BroadcastTree? tree = null;
        ScenarioRun.Play(scenario, parsed.GetValue(s_seed), mutation: null, world => tree = new BroadcastTree(world));
        var picture = new OverlayPicture(tree!);
        var (svg, dot) = (parsed.GetValue(s_svg), parsed.GetValue(s_dot));
        if (svg is not null) File.WriteAllText(svg.FullName, picture.ToSvg());
        if (dot is not null) File.WriteAllText(dot.FullName, picture.ToDot());
        if (svg is null && dot is null)
        {
            foreach (var line in picture.ToDot().TrimEnd().Split('\n')) terminal.Say(line);
        }
        return Task.FromResult(NetfluxCommand.Done);
    }
}
