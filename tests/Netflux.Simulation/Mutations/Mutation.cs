using Netflux.Links;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Sessions;

namespace Netflux.Simulation.Mutations;

/// <summary>
/// A bug that is planted between the cores and their driver, to see a checker find it: a fact that a core does not hear, an instruction that is not carried out, or another in its place. One
/// object is for one run.
/// </summary>
internal class Mutation
{
    /// <summary>What the cores are built with; checkers go on to hold them against what they should have been built with.</summary>
    public virtual WorldSetup Alter(WorldSetup setup) => setup;

    public virtual HyParViewFact? Alter(HyParViewFact fact) => fact;

    public virtual HyParViewInstruction? Alter(HyParViewInstruction instruction) => instruction;

    public virtual IEnumerable<PlumtreeFact> Alter(PlumtreeFact fact) => [fact];

    public virtual PlumtreeInstruction? Alter(PlumtreeInstruction instruction) => instruction;

    public virtual SessionFact? Alter(SessionFact fact) => fact;

    public virtual SessionInstruction? Alter(SessionInstruction instruction) => instruction;

    /// <summary>What goes out by a link in the place of a record that a session wrote; nothing where it is empty.</summary>
    public virtual byte[] Alter(int from, int to, LinkId link, ReadOnlySpan<byte> record) => record.ToArray();
}
