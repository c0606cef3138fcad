using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Signaling;
using Netflux.Wire;

namespace Netflux.Actors;

// The roots that the network's tracking server signs: shown by it, and compared with what other members were shown.
internal sealed partial class NetworkActor
{
    private readonly RootGossip _rootGossip;
    private readonly CoreDriver<RootFact, RootInstruction> _roots;
    private readonly List<TrackerEquivocated> _equivocations = []; // before the request was confirmed; bounded by RootOptions.ContradictionsMax

    private void HandleShown(ShownRoot? shown)
    {
        if (shown is not null) _roots.Handle(new RootWasShown(shown));
    }

    /// <summary>The facade has read the whole list, and it is not what the root says.</summary>
    private void HandleWrongList(TrackerListWrong wrong)
    {
        HandleShown(wrong.Shown);
        _roots.Handle(new ListWasWrong(wrong.Shown.Root));
    }

    private void RootNeighbourIsGone(PeerId member)
    {
        if (!IsNeighbour(member)) _roots.Handle(new RootNeighbourGone(member));
    }

    private void Carry(RootInstruction instruction)
    {
        if (_ended) return;
        switch (instruction)
        {
            case SendRoot send: SendOnChannel(EpochWith(send.To), send.To, FrameKind.TrackerRoot, FrameFlags.None, send.Root.Record); break;
            case AnnounceContradiction contradiction:
                NetworkLog.Equivocated(_log, _id, contradiction.First.Tracker, contradiction.How, contradiction.First.Epoch, contradiction.Second?.Epoch);
                var happened = new TrackerEquivocated(_network, contradiction.First.Tracker, contradiction.How, contradiction.First.Record, contradiction.Second?.Record ?? default);
                if (_confirmed) _messages.TellEvent(happened);
                else _equivocations.Add(happened);
                break;
        }
    }
}
