using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;

namespace Netflux.Tests.Overlays;

/// <summary>One member's process: drives its core, and checks what every overlay promises its users.</summary>
internal sealed class Node(OverlayWorld world, int person, ulong incarnation, IOverlay overlay)
{
    private readonly SortedSet<PeerId> _seen = [];
    private readonly SortedSet<PeerId> _suspected = [];
    private readonly HashSet<PeerId> _up = [];
    private Instant? _timer;
    private bool _over;

    public int Person => person;
    public ulong Incarnation => incarnation;
    public IOverlay Overlay => overlay;
    public MemberRecord Record { get; private set; } = OverlayPeople.Record(world.Genesis, person, incarnation);
    public PeerId Id => Record.Id;
    public bool Alive { get; set; } = true;
    public bool Registered { get; set; }
    public bool Ready { get; private set; }
    public Instant? ReadyAt { get; private set; }
    public NetfluxError? Failed { get; private set; }
    public HashSet<PeerId> Attached { get; } = [];
    public List<OverlayInstruction> Log { get; } = [];
    public bool IsMember => Alive && Ready && !_over;

    public void Change()
    {
        Record = OverlayPeople.Record(world.Genesis, person, incarnation, Record.Version + 1);
        Handle(new SelfChanged(Record));
    }

    public void Handle(OverlayFact fact)
    {
        if (!Alive) return;
        if (fact is NeighbourUp up) _up.Add(up.Member.Id);
        if (fact is NeighbourDown down) _up.Remove(down.Member);
        overlay.Handle(fact, world.Now);
        CarryOut();
    }

    private void HandleDeadline(Instant due)
    {
        if (!Alive || _timer != due) return;
        _timer = null;
        overlay.HandleDeadline(world.Now);
        CarryOut();
    }

    private void CarryOut()
    {
        while (overlay.TryTake(out var instruction))
        {
            Assert.False(_over && instruction is not RefuseNeighbour, $"{instruction} after the end");
            Log.Add(instruction);
            switch (instruction)
            {
                case ConnectNeighbour connect: world.Connect(this, connect.Card.Id); break;
                case DropNeighbour drop: _up.Remove(drop.Member); world.Drop(this, drop.Member, drop.Reason); break;
                case AdmitNeighbour admit: world.Admit(this, admit.Member); break;
                case RefuseNeighbour refuse: world.Refuse(this, refuse.Member, refuse.Why); break;
                case SendControl send:
                    Assert.Contains(send.To, _up);
                    world.SendControl(this, send.To, send.Body);
                    break;
                case AnnounceJoining joining: Assert.True(_seen.Add(joining.Member.Id), "joining twice"); break;
                case AnnounceLeaving leaving:
                    Assert.True(_seen.Remove(leaving.Member), "leaving without joining");
                    _suspected.Remove(leaving.Member);
                    break;
                case AnnounceSuspected suspected:
                    Assert.Contains(suspected.Member, _seen);
                    Assert.True(_suspected.Add(suspected.Member), "suspected twice");
                    break;
                case AnnounceRecovered recovered: Assert.True(_suspected.Remove(recovered.Member), "recovered without suspicion"); break;
                case AnnounceReady:
                    Assert.False(Ready, "ready twice");
                    (Ready, ReadyAt) = (true, world.Now);
                    break;
                case JoinFailed failed: (Failed, _over, Alive) = (failed.Why, true, false); break;
                case AnnounceLeft: (_over, Alive) = (true, false); break;
            }
        }
        if (!_over) Assert.Equal(_seen, overlay.Members.Select(member => member.Id));
        if (overlay.NextDeadline is { } next && next != _timer && Alive)
        {
            _timer = next;
            world.At(next > world.Now ? next - world.Now : TimeSpan.Zero, () => HandleDeadline(next));
        }
    }
}
