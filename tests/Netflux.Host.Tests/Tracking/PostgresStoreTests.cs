using Netflux.Identity;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.TestTools;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>A database of PostgreSQL.</summary>
public sealed class PostgresStoreTests : TrackingStoreContract, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-store").FullName;
    private PostgresServer? _server;

    internal override TrackingSettings Settings => new(_folder, _server!.Connection);

    // A test that is skipped needs no server.
    public async Task InitializeAsync() => _server = Installed.IsRequired || Installed.WhyMissing(Tool.Postgres) is null ? await PostgresServer.StartAsync() : null;

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [RequiresFact(Tool.Postgres)]
    public override Task What_a_room_acknowledged_it_knows_after_the_next_start() => base.What_a_room_acknowledged_it_knows_after_the_next_start();

    [RequiresFact(Tool.Postgres)]
    public override Task More_changes_than_a_snapshot_waits_for_are_all_there_after_the_next_start() => base.More_changes_than_a_snapshot_waits_for_are_all_there_after_the_next_start();

    [RequiresFact(Tool.Postgres)]
    public override Task The_networks_are_found_in_the_store() => base.The_networks_are_found_in_the_store();

    [RequiresFact(Tool.Postgres)]
    public async Task Of_two_that_write_for_one_room_the_later_is_refused_and_goes_on_with_what_the_other_wrote()
    {
        var genesis = Genesis[0];
        var (bob, carol) = (new SeededPeerKeys(2), new SeededPeerKeys(3));
        // Each believes that it is alone, as the parts of a cluster that split may.
        await using var one = await StartAsync(Settings);
        using var first = new Edge(one);
        first.Create(genesis, Ann);
        File.Copy(Settings.IdentityFile, Path.Combine(_folder, "copy.pem"));
        await using var other = await StartAsync(Settings with { IdentityFile = Path.Combine(_folder, "copy.pem") });
        using var second = new Edge(other);
        second.Enter(genesis, carol);
        first.Join(genesis, bob);
        Assert.Equal(NetfluxError.ServerBusy, Assert.IsType<RoomRefused>(second.TryPut(genesis, carol)).Error);
        second.Join(genesis, carol);
        Assert.Equal(3, second.Members(genesis, carol).Count);
    }

    [RequiresFact(Tool.Postgres)]
    public async Task A_server_that_is_away_for_a_while_is_told_and_used_again()
    {
        await using var node = await StartAsync(Settings);
        using var edge = new Edge(node);
        edge.Create(Genesis[0], Ann);
        await _server!.KillAsync();
        var bob = new SeededPeerKeys(2);
        edge.Enter(Genesis[0], bob);
        Assert.Equal(NetfluxError.ServerBusy, Assert.IsType<RoomRefused>(edge.TryPut(Genesis[0], bob)).Error);
        await _server.StartAgainAsync();
        edge.Join(Genesis[0], bob);
        Assert.Equal(2, edge.Members(Genesis[0], bob).Count);
    }

    [RequiresTheory(Tool.Postgres)]
    [InlineData("nonsense", "cannot be read")]
    [InlineData("Database=postgres", "cannot be read")]
    [InlineData("{0};Database=nowhere", "make it with createdb")]
    [InlineData("{0};Username=nobody", "does not exist")]
    [InlineData("Host=/nowhere;Database=postgres", "see that the server runs")]
    public void A_database_that_cannot_be_used_is_one_plain_sentence(string connection, string expected)
    {
        var failure = Assert.Throws<NetfluxException>(() => new TrackingSettings("", connection.Replace("{0}", _server!.Connection, StringComparison.Ordinal)).OpenStore());
        Assert.Equal(NetfluxError.InvalidOptions, failure.Error);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }
}
