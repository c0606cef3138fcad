using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;

namespace Netflux.Simulation;

/// <summary>A bug that is planted between the cores and their driver, to see a checker find it: a fact that a core does not hear, an instruction that is not carried out, or another in its place.</summary>
internal interface IMutation
{
    string Name { get; }
    IEnumerable<PlumtreeFact> Alter(SimulatedNode node, PlumtreeFact fact) => [fact];
    HyParViewInstruction? Alter(SimulatedNode node, HyParViewInstruction instruction) => instruction;
    PlumtreeInstruction? Alter(SimulatedNode node, PlumtreeInstruction instruction) => instruction;
}
