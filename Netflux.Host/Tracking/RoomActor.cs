using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Persistence;
using Netflux.Actors;
using Netflux.Core;
using Netflux.Host.Tracking.Stored;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Transport.Signaling;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>
/// One room of a tracking server, wherever in the cluster it lives: drives an <see cref="IRoom"/>, and stores what happened before anything that the room says in the same turn goes out. A write
/// that fails ends the actor, and with it all that was not stored; the next message begins it again from the store.
/// </summary>
internal sealed class RoomActor : UntypedPersistentActor, IRoomOutlet
{
    private const int SnapshotEvery = 200; // guess: so many events are read in a few milliseconds

    /// <summary>The shard has taken the room out of its table.</summary>
    internal sealed record Stop
    {
        public static readonly Stop Instance = new();
    }

    private readonly RoomId _id;
    private readonly IRoom _room;
    private readonly SignalingServerOptions _options;
    private readonly IPeerKeys _keys;
    private readonly DeadlineTimer _timer;
    private readonly IScheduler _scheduler = Context.System.Scheduler;
    private readonly Dictionary<string, IActorRef> _edges = new(StringComparer.Ordinal); // by node: who passes answers on to its connections
    private readonly List<RoomEvent> _events = [];
    private readonly List<(ConnectionId To, RoomReply Reply)> _replies = [];
    private readonly List<(RoomId To, RoomMessage Message)> _told = [];
    private RoomRequest? _asked;
    private bool _isRefusing;
    private int _sinceSnapshot;

    public RoomActor(string path, SignalingServerOptions options, IPeerKeys keys)
    {
        _id = RoomId.TryParse(path, out var id) ? id : throw new ArgumentException("No room has this path.", nameof(path));
        (_room, _options, _keys, _timer) = (id.Build(), options, keys, new DeadlineTimer(Context, path));
        PersistenceId = path;
    }

    public override string PersistenceId { get; }

    public Instant Now => Clock.Now(_scheduler);

    public DateTimeOffset WallClock => _scheduler.Now;

    public SignalingServerOptions Options => _options;

    public IPeerKeys ServerKeys => _keys;

    // Nothing of a meeting point is stored.
    public override Recovery Recovery => _id.Kind == RoomKind.Meeting ? Recovery.None : Recovery.Default;

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer { Snapshot: StoredSnapshot snapshot }:
                foreach (var stored in snapshot.Events) _room.Recover(StoredEvents.Read(stored));
                break;
            case StoredEvent stored:
                _room.Recover(StoredEvents.Read(stored));
                _sinceSnapshot++;
                break;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case ForRoom m:
                Remember(m.Message);
                _room.Handle(m.Message, this);
                Finish();
                break;
            case DescribeRoom:
                _room.HandleDeadline(this); // it may have been read for this alone: it rests again, or its time is over
                Sender.Tell(new RoomDescribed((_room as NetworkRoom)?.Describe()));
                Finish();
                break;
            case DeadlineDue:
                _timer.Fired();
                _room.HandleDeadline(this);
                Finish();
                break;
            case Terminated gone: HandleGone(gone.ActorRef); break;
            case Stop: Context.Stop(Self); break;
            case SaveSnapshotSuccess saved:
                // What the snapshot says need not be kept beside it, but for the last event: a room without any is not found in the store.
                DeleteMessages(saved.Metadata.SequenceNr - 1);
                DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1));
                break;
            case SaveSnapshotFailure or DeleteSnapshotsSuccess or DeleteSnapshotsFailure or DeleteMessagesSuccess or DeleteMessagesFailure: break; // tried again with the next snapshot
            default: Unhandled(message); break;
        }
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        _isRefusing = true;
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        _isRefusing = true;
        base.OnPersistRejected(cause, @event, sequenceNr);
        Context.Stop(Self); // memory is ahead of the store
    }

    protected override void PostStop()
    {
        // Not before: who asks again at once is to find the room that begins anew, and not this one.
        if (_isRefusing) RefuseAsked();
        _timer.Set(null);
        base.PostStop();
    }

    // ---- What the room says ----

    void IRoomOutlet.Reply(ConnectionId connection, RoomReply reply) => _replies.Add((connection, reply));

    void IRoomOutlet.Tell(RoomId room, RoomMessage message) => _told.Add((room, message));

    void IRoomOutlet.Store(RoomEvent happened) => _events.Add(happened);

    private void Remember(RoomMessage message)
    {
        _asked = message as RoomRequest;
        // A message that a name passes on comes from its room: the visitor's node has said itself to that.
        var node = message switch { RoomRequest m => m.Who.Connection.Node, RenewLease m => m.Who.Connection.Node, StillWaiting m => m.Who.Connection.Node, _ => null };
        if (node is null || (_edges.TryGetValue(node, out var known) && known.Equals(Sender)) || Sender.IsNobody()) return;
        _edges[node] = Sender;
        Context.Watch(Sender);
    }

    private void HandleGone(IActorRef edge)
    {
        foreach (var (node, _) in _edges.Where(known => known.Value.Equals(edge)).ToList())
        {
            _edges.Remove(node);
            _room.Handle(new NodeGone(node), this);
        }
        Finish();
    }

    private void Finish()
    {
        if (_events.Count == 0)
        {
            Say();
            return;
        }
        var left = _events.Count;
        var stored = _events.ConvertAll(StoredEvents.Write);
        _events.Clear();
        _sinceSnapshot += left;
        PersistAll(stored, _ =>
        {
            if (--left > 0) return;
            if (_sinceSnapshot >= SnapshotEvery) Snapshot();
            Say();
        });
    }

    private void Say()
    {
        foreach (var (to, reply) in _replies)
        {
            if (_edges.TryGetValue(to.Node, out var edge)) edge.Tell(new RoomSaid(to, reply));
        }
        _replies.Clear();
        // To another room, as from the same node: that room answers the visitor.
        foreach (var (to, message) in _told) RoomShards.RegionOf(Context.System).Tell(new ForRoom(to, message), EdgeOf(message));
        _told.Clear();
        _asked = null;
        _timer.Set(_room.NextDeadline);
        if (_room.IsOver) Context.Parent.Tell(new Passivate(Stop.Instance));
    }

    private IActorRef? EdgeOf(RoomMessage message) => message is RoomRequest request ? _edges.GetValueOrDefault(request.Who.Connection.Node) : ActorRefs.NoSender;

    private void Snapshot()
    {
        var snapshot = new StoredSnapshot();
        snapshot.Events.AddRange(_room.Compact().Select(StoredEvents.Write));
        SaveSnapshot(snapshot);
        _sinceSnapshot = 0;
    }

    private void RefuseAsked()
    {
        if (_asked is { } asked && _edges.TryGetValue(asked.Who.Connection.Node, out var edge))
            edge.Tell(new RoomSaid(asked.Who.Connection, new RoomRefused(asked.Request, NetfluxError.ServerBusy, "The server could not store this; try again later.")));
    }
}
