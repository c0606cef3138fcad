using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using ConsumeMessages = Netflux.Sessions.ConsumeMessages;

namespace Netflux.Simulation.Mutations;

/// <summary>The bugs that are planted, the scenario that shows each, and the checker that finds it.</summary>
internal sealed record PlantedMutation(string Name, string Scenario, string Checker, Func<Mutation> Plant)
{
    public static IReadOnlyList<PlantedMutation> All { get; } =
    [
        new("drops a PRUNE", "calm", "SettledTreeChecker", () => new Loses<PlumtreeMessage.Prune>()),
        new("is not eager again after a GRAFT", "crashes", "SettledTreeChecker", () => new StaysLazy()),
        new("forgets to send a GRAFT", "datagrams", "NoLossChecker", () => new Loses<PlumtreeMessage.Graft>()),
        new("forgets to tell summaries", "partition", "JoinChecker", () => new Loses<PlumtreeMessage.Summary>()),
        new("forgets every IHAVE", "datagrams", "NoLossChecker", () => new Loses<PlumtreeMessage.IHave>()),
        new("sends a number twice", "calm", "NoLossChecker", () => new ReusesNumbers()),
        new("swallows a delivery", "calm", "OrderChecker", () => new SwallowsDeliveries()),
        new("delivers a message twice", "calm", "NoDoubleChecker", () => new DeliversTwice()),
        new("gives up a gap at once", "datagrams", "NoLossChecker", () => new AltersSetup(setup => setup with { Tree = setup.Tree with { RepairTimeout = TimeSpan.FromMilliseconds(20) } })),
        new("keeps messages for a second", "partition", "NoLossChecker", () => new AltersSetup(setup => setup with { Tree = setup.Tree with { CacheTime = TimeSpan.FromSeconds(1) } })),
        new("evicts without a word", "calm", "SymmetryChecker", () => new EvictsSilently()),
        new("does not hear that a link is gone", "crashes", "SymmetryChecker", () => new HearsNothing<LinkGone>()),
        new("does not tell the tree that a neighbour went", "crashes", "SymmetryChecker", () => new CarriesOutNo<AnnounceNeighborDown>()),
        new("does not ask the passive view", "crashes", "ConnectedChecker", () => new AsksNobody()),
        new("does not try lost neighbours again", "partition", "NoLossChecker", () => new AltersSetup(setup => setup with { Views = setup.Views with { LostMax = 0 } })),
        new("opens no link for a JOIN", "calm", "JoinChecker", () => new JoinsNobody()),
        new("takes one neighbour too many", "calm", "BoundsChecker", () => new AltersSetup(setup => setup with { Views = setup.Views with { ActiveView = setup.Views.ActiveView + 1 } })),

        // Of sessions.
        new("forgets a retransmission", "links", "SessionRulesChecker", () => new ForgetsRetransmissions()),
        new("reuses a sequence number", "calm", "SessionRulesChecker", () => new ReusesSequenceNumbers()),
        new("forgets to acknowledge", "calm", "SessionBuffersChecker", () => new ForgetsAcknowledgements()),
        new("goes on one frame too late after a resume", "links", "SessionRulesChecker", () => new ResumesTooLate()),
        new("acknowledges what it did not deliver", "calm", "SessionFramesChecker", () => new AltersDeliveries(frames => frames[1..])),
        new("delivers a frame twice", "calm", "SessionFramesChecker", () => new AltersDeliveries(frames => [.. frames, frames[^1]])),
        new("forgets to return credit", "links", "NoLossChecker", () => new TellsSessionNo<ConsumeMessages>()),
    ];
}

internal sealed class AltersSetup(Func<WorldSetup, WorldSetup> alter) : Mutation
{
    public override WorldSetup Alter(WorldSetup setup) => alter(setup);
}

internal sealed class Loses<T> : Mutation where T : PlumtreeMessage
{
    public override PlumtreeInstruction? Alter(PlumtreeInstruction instruction) => instruction is SendTreeMessage { Message: T } ? null : instruction;
}

internal sealed class HearsNothing<T> : Mutation where T : HyParViewFact
{
    public override HyParViewFact? Alter(HyParViewFact fact) => fact is T ? null : fact;
}

internal sealed class CarriesOutNo<T> : Mutation where T : HyParViewInstruction
{
    public override HyParViewInstruction? Alter(HyParViewInstruction instruction) => instruction is T ? null : instruction;
}

internal sealed class StaysLazy : Mutation
{
    public override IEnumerable<PlumtreeFact> Alter(PlumtreeFact fact) =>
        fact is TreeMessageReceived { Message: PlumtreeMessage.Graft } graft ? [fact, graft with { Message = new PlumtreeMessage.Prune() }] : [fact];
}

internal sealed class ReusesNumbers : Mutation
{
    public override PlumtreeInstruction? Alter(PlumtreeInstruction instruction) =>
        instruction is SendTreeMessage { Message: PlumtreeMessage.Gossip { Round: 1, Id.Sequence: 2 } gossip } send ? send with { Message = gossip with { Id = gossip.Id with { Sequence = 1 } } } : instruction;
}

internal sealed class SwallowsDeliveries : Mutation
{
    private int _deliveries;

    public override PlumtreeInstruction? Alter(PlumtreeInstruction instruction) => instruction is DeliverBroadcast && ++_deliveries % 40 == 0 ? null : instruction;
}

internal sealed class DeliversTwice : Mutation
{
    private DeliverBroadcast? _last;
    private int _deliveries;

    public override PlumtreeInstruction? Alter(PlumtreeInstruction instruction)
    {
        if (instruction is not DeliverBroadcast deliver) return instruction;
        return _last = ++_deliveries % 40 == 0 && _last is not null ? _last : deliver;
    }
}

internal sealed class EvictsSilently : Mutation
{
    public override HyParViewInstruction? Alter(HyParViewInstruction instruction) => instruction is SendViewMessage { Message: HyParViewMessage.Disconnect { Leaves: false } } or CloseLink ? null : instruction;
}

internal sealed class AsksNobody : Mutation
{
    public override HyParViewInstruction? Alter(HyParViewInstruction instruction) => instruction is OpenLink { First: HyParViewMessage.Neighbor } ? null : instruction;
}

internal sealed class JoinsNobody : Mutation
{
    public override HyParViewInstruction? Alter(HyParViewInstruction instruction) => instruction is OpenLink { First: HyParViewMessage.Join } ? null : instruction;
}
