using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Wire;
using PeerLeavingReason = Netflux.Messages.PeerLeavingReason;

namespace Netflux.Simulation.Checkers;

/// <summary>One thing that must hold. It may look while a run goes on, and looks once more when it has ended.</summary>
internal abstract class Checker : IWatcher
{
    private const int ViolationsMax = 5;
    private readonly List<string> _violations = [];

    /// <summary>The first few.</summary>
    public IReadOnlyList<string> Violations => _violations;

    protected void Violate(FormattableString text)
    {
        if (_violations.Count < ViolationsMax) _violations.Add(FormattableString.Invariant(text));
    }

    public virtual void Finish(World world) { }

    public virtual void HandleStarted(SimulatedNode node) { }
    public virtual void HandleStopped(SimulatedNode node) { }
    public virtual void HandleBroadcast(SimulatedNode node, MessageId id) { }
    public virtual void HandleDelivered(SimulatedNode node, MessageId id, int round) { }
    public virtual void HandleMissed(SimulatedNode node, ReportMissed missed) { }
    public virtual void HandleMessage(int from, SimulatedNode to, object message) { }
    public virtual void HandleRecord(int from, int to, int bytes) { }
    public virtual void HandleFrameSent(int from, int to, FrameKind kind, ReadOnlyMemory<byte> body) { }
    public virtual void HandleFrameDelivered(int from, int to, FrameKind kind, ReadOnlyMemory<byte> body) { }
    public virtual void HandleChannelOpened(int node, int peer) { }
    public virtual void HandleSessionEnded(int node, int peer, PeerLeavingReason why) { }
    public virtual void HandleNeighborUp(SimulatedNode node, int neighbor) { }
    public virtual void HandleNeighborDown(SimulatedNode node, int neighbor, NeighborEnd why) { }

    /// <summary>How a message is called in a sentence.</summary>
    protected static string Name(MessageId id) => FormattableString.Invariant($"{World.NumberOf(id.Author)}/{id.Incarnation.Value}:{id.Sequence}");
}
