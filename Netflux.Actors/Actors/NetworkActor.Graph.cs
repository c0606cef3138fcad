using Akka.Actor;
using Netflux.Core;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.Graphs;
using Netflux.Wire;

namespace Netflux.Actors;

// Who has links with whom: asked by somebody here, or by a member.
internal sealed partial class NetworkActor
{
    private readonly CoreDriver<GraphFact, GraphInstruction> _graph;
    private readonly List<(IActorRef Asker, RequestId Request)> _graphAskers = [];      // bounded as mailboxes are: by those who ask in this process

    private void HandleGraphAsked(GetNetworkGraph asked)
    {
        _graphAskers.Add((Sender, asked.RequestId));
        _graph.Handle(new GraphWanted());
    }

    private void Carry(GraphInstruction instruction)
    {
        switch (instruction)
        {
            case SendGraphFrame send: SendOnChannel(EpochWith(send.To), send.To, FrameKind.Graph, FrameFlags.None, send.Body); break;
            case GraphFound found: AnswerGraph(found); break;
        }
    }

    private void AnswerGraph(GraphFound found)
    {
        var graph = new NetworkGraph([.. found.Members.Select(member => new GraphMember(
            member.Id == _setup.Keys.Id ? new Peer(member.Id, _setup.DisplayName, ActorRefs.Nobody) : PeerOf(member.Id) ?? new Peer(member.Id, "", ActorRefs.Nobody), member.Links))]);
        foreach (var (asker, _) in _graphAskers) asker.Tell(graph, Self);
        _graphAskers.Clear();
    }

    private void RefuseGraph(NetfluxError why)
    {
        foreach (var (asker, request) in _graphAskers) asker.Tell(new Status.Failure(new NetfluxException(why, "The network ended here while its members were asked.") { Request = request, Network = _id }), Self);
        _graphAskers.Clear();
    }

    private IReadOnlyList<GraphLink> OwnLinks()
    {
        var targets = _overlay.BroadcastTargets;
        return [.. _epochs.Reverse().SelectMany(epoch => epoch.Neighbours).DistinctBy(neighbour => neighbour.Key).OrderBy(neighbour => neighbour.Key).Select(neighbour => new GraphLink(neighbour.Key, neighbour.Value.Path == LinkPath.Relayed, targets.Contains(neighbour.Key)))];
    }
}
