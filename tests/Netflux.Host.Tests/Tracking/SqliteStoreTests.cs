using Microsoft.Data.Sqlite;

namespace Netflux.Host.Tracking;

/// <summary>A file of SQLite.</summary>
public sealed class SqliteStoreTests : TrackingStoreContract, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-store").FullName;

    internal override TrackingSettings Settings => new(Path.Combine(_folder, "store"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_log_that_ends_at_any_page_opens_and_holds_whole_changes_alone()
    {
        await using (var node = await StartAsync(Settings))
        {
            using var edge = new Edge(node);
            foreach (var genesis in Genesis) edge.Create(genesis, Ann);
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
}
