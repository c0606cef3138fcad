using Akka.Actor;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using Netflux.Transport.Signaling;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>Rooms over a real file of SQLite.</summary>
[Trait("Category", "Rim")]
public sealed class TrackingStoreTests : IDisposable
{
    private const int Networks = 8;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-store").FullName;
    private readonly SeededPeerKeys _ann = new(1);
    private readonly Genesis[] _genesis;

    public TrackingStoreTests() =>
        _genesis = [.. Enumerable.Range(0, Networks).Select(_ => Genesis.Create(_ann, Topology.FullMesh(), PlatformRandom.Instance, DateTimeOffset.UtcNow))];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_a_room_acknowledged_it_knows_after_the_next_start()
    {
        await using (var node = await StartAsync("store"))
        {
            using var edge = new Edge(node);
            foreach (var genesis in _genesis) edge.Create(genesis, _ann);
        }
        await using var again = await StartAsync("store");
        using var later = new Edge(again);
        foreach (var genesis in _genesis)
        {
            var entered = later.Ask<Entered>(RoomId.OfName(NameOf(genesis)), request => new EnterDoor(Who, request, NameOf(genesis), null, DoorMode.Join));
            Assert.Equal((genesis.Network, true), (entered.Genesis.Network, entered.Tracked));
            Assert.Single(later.Ask<TrackedMembersListed>(RoomId.Of(genesis.Network), request => new ListTrackedMembers(Who, request, null)).Members);
        }
    }

    [Fact]
    public async Task A_log_that_ends_at_any_page_opens_and_holds_whole_changes_alone()
    {
        await using (var node = await StartAsync("store"))
        {
            using var edge = new Edge(node);
            foreach (var genesis in _genesis) edge.Create(genesis, _ann);
            // As a power failure would leave them: at the end of the process the log would be worked into the file.
            Copy("store", "cut", length: null);
        }
        var all = Read("cut");
        Assert.True(all.Count >= 4 * Networks, $"{all.Count} events");
        var log = new FileInfo(Path.Combine(_folder, "cut", "tracking.db-wal")).Length;
        const int Header = 32, Frame = 24 + 4096;   // sqlite.org/fileformat2.html §4.1
        var counts = new List<int>();
        for (var length = (long)Header; length <= log; length += Frame)
        {
            Copy("cut", "one", length);
            var events = Read("one");
            Assert.Equal(all.Take(events.Count), events);
            counts.Add(events.Count);
        }
        Assert.Equal(counts.Order(), counts);
        Assert.Equal((0, all.Count), (counts[0], counts[^1]));
    }

    private Visitor Who => new(new ConnectionId("", 1), _ann.Card, new Incarnation(1), "ann");

    private static string NameOf(Genesis genesis) => $"n-{genesis.Network}";

    private async Task<TrackingNode> StartAsync(string folder)
    {
        var node = TrackingNode.Create(Path.Combine(_folder, folder), NullLoggerFactory.Instance);
        await node.StartAsync(new SignalingServerOptions(), CancellationToken.None);
        return node;
    }

    private void Copy(string from, string to, long? length)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, to)).FullName;
        foreach (var old in Directory.GetFiles(folder)) File.Delete(old);
        foreach (var name in (string[])["tracking.db", "tracking.db-wal"])
        {
            using var source = new FileStream(Path.Combine(_folder, from, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var target = File.Create(Path.Combine(folder, name));
            source.CopyTo(target);
            if (length is { } cut && name.EndsWith("wal", StringComparison.Ordinal)) target.SetLength(cut);
        }
    }

    /// <summary>The events in the order in which they were written. None where not even the tables are there yet.</summary>
    private List<(string Room, long Number)> Read(string folder)
    {
        // Read from a copy: opening works the log into the file.
        var copy = Directory.CreateTempSubdirectory("netflux-read").FullName;
        try
        {
            foreach (var name in (string[])["tracking.db", "tracking.db-wal"]) File.Copy(Path.Combine(_folder, folder, name), Path.Combine(copy, name));
            using var connection = new SqliteConnection($"Data Source={Path.Combine(copy, "tracking.db")};Pooling=False");
            connection.Open();
            Assert.Equal("ok", Query(connection, "PRAGMA integrity_check", row => row.GetString(0)).Single());
            if (Query(connection, "SELECT name FROM sqlite_master WHERE name = 'journal'", row => row.GetString(0)).Count == 0) return [];
            return Query(connection, "SELECT persistence_id, sequence_number FROM journal ORDER BY ordering", row => (row.GetString(0), row.GetInt64(1)));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static List<T> Query<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        List<T> rows = [];
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    /// <summary>What a server's connections are to the rooms.</summary>
    private sealed class Edge(TrackingNode node) : IDisposable
    {
        private readonly Inbox _inbox = Inbox.Create(node.System);
        private readonly IActorRef _rooms = node.Rooms.Start(node.System, new SignalingServerOptions());
        private ulong _request;

        public void Create(Genesis genesis, SeededPeerKeys creator)
        {
            var who = new Visitor(new ConnectionId("", 1), creator.Card, new Incarnation(1), "ann");
            Assert.True(Ask<Entered>(RoomId.OfName(NameOf(genesis)), request => new EnterDoor(who, request, NameOf(genesis), genesis, DoorMode.Create, Track: true)).Tracked);
            var admission = Admission.Issue(creator, genesis, creator.Id, null, mayInvite: true, DateTimeOffset.UtcNow, null);
            var record = MemberRecord.Create(creator, genesis, new Incarnation(1), 1, "ann", admission, [], relays: false);
            Ask<Accomplished>(RoomId.Of(genesis.Network), request => new PutTracked(who, request, record.Record));
        }

        public T Ask<T>(RoomId room, Func<ulong, RoomMessage> message)
        {
            _inbox.Send(_rooms, new ForRoom(room, message(++_request)));
            return Assert.IsType<T>(((RoomSaid)_inbox.Receive(s_patience)).Reply);
        }

        public void Dispose() => _inbox.Dispose();
    }
}
