using Akka.Actor;
using Akka.Event;
using Akka.Persistence.Query;
using Akka.Persistence.Sql.Query;
using Akka.Streams;
using Akka.Streams.Dsl;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>Asks a room what may be shown of it; answered with <see cref="RoomDescribed"/>.</summary>
internal sealed record DescribeRoom(string Path);

internal sealed record RoomDescribed(NetworkSummary? Network);

/// <summary>
/// Finds the networks that are remembered, a page at a time: the ids are those of the store, which are read again after a second, and the rooms say what they are. One page is looked for at a
/// time, and only so many wait.
/// </summary>
internal sealed class NetworkFinder(IActorRef rooms) : UntypedActor, IWithStash
{
    private const int PageRooms = 24;   // guess: at up to 17 KiB for each genesis some do not fit a message; most have 300 bytes
    private const int PageBytesMax = 48 << 10; // of a message's 64 KiB, as for members
    private const int WaitingMax = 64;  // guess: who waits longer than that many pages has given up
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(1); // guess: who has just created a network looks for it a moment later
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8); // a client waits for 9 s

    private sealed record IdsRead(string[] Paths);

    private sealed record PageRead(NetworksFound Page);

    private string[] _paths = [];
    private TimeSpan? _readAt;
    private FindNetworks? _find;
    private IActorRef _asker = ActorRefs.Nobody;
    private int _waiting;

    public IStash Stash { get; set; } = null!;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case FindNetworks find when _find is null: Begin(find); break;
            case FindNetworks when _waiting < WaitingMax:
                _waiting++;
                Stash.Stash();
                break;
            case FindNetworks find: Sender.Tell(new RoomSaid(find.Connection, new RoomRefused(find.Request, Messages.NetfluxError.ServerBusy, "Too many ask for the list of networks; try again later."))); break;
            case IdsRead read when _find is { } find:
                (_paths, _readAt) = (read.Paths, Context.System.Scheduler.MonotonicClock);
                DescribeAsync(find).PipeTo(Self, failure: cause => new Status.Failure(cause));
                break;
            case PageRead read: End(read.Page); break;
            case Status.Failure failure:
                Context.GetLogger().Warning(failure.Cause, "The list of networks could not be made.");
                End(null);
                break;
            default: Unhandled(message); break;
        }
    }

    private void Begin(FindNetworks find)
    {
        (_find, _asker) = (find, Sender);
        if (_readAt is { } at && Context.System.Scheduler.MonotonicClock - at < s_fresh) DescribeAsync(find).PipeTo(Self, failure: cause => new Status.Failure(cause));
        else ReadIdsAsync(Context.System).PipeTo(Self, failure: cause => new Status.Failure(cause));
    }

    private void End(NetworksFound? page)
    {
        if (_find is not { } find) return;
        _asker.Tell(new RoomSaid(find.Connection, page is null ? new RoomRefused(find.Request, Messages.NetfluxError.ServerBusy, "The list could not be made; try again later.") : page));
        (_find, _waiting) = (null, 0);
        Stash.UnstashAll();
    }

    private static async Task<object> ReadIdsAsync(ActorSystem system)
    {
        var journal = PersistenceQuery.Get(system).ReadJournalFor<SqlReadJournal>(SqlReadJournal.Identifier);
        var paths = await journal.CurrentPersistenceIds().Where(id => id.StartsWith(RoomId.NetworkPrefix, StringComparison.Ordinal)).RunWith(Sink.Seq<string>(), system.Materializer()).ConfigureAwait(false);
        return new IdsRead([.. paths.Order(StringComparer.Ordinal)]);
    }

    private async Task<object> DescribeAsync(FindNetworks find)
    {
        var paths = _paths;
        var after = RoomId.NetworkPrefix + find.After;
        var first = Array.FindIndex(paths, path => string.CompareOrdinal(path, after) > 0);
        var page = first < 0 ? [] : paths.AsSpan(first, Math.Min(PageRooms, paths.Length - first)).ToArray();
        var described = await Task.WhenAll(page.Select(path => rooms.Ask<RoomDescribed>(new DescribeRoom(path), s_patience))).ConfigureAwait(false);
        List<NetworkSummary> networks = [];
        var (bytes, taken) = (0, 0);
        foreach (var room in described)
        {
            if (room.Network is { } network && (bytes += network.Genesis.Length + 100) > PageBytesMax && networks.Count > 0) break;
            if (room.Network is not null) networks.Add(room.Network);
            taken++;
        }
        var last = taken > 0 ? page[taken - 1][RoomId.NetworkPrefix.Length..] : find.After;
        return new PageRead(new NetworksFound(find.Request, networks, first >= 0 && first + taken < paths.Length, last));
    }
}
