using Microsoft.Data.Sqlite;
using Netflux.Io;
using Netflux.Messages;
using IO = System.IO;

namespace Netflux.Host.Tracking;

/// <summary>One file of SQLite, which one process has at a time.</summary>
internal sealed class SqliteStore : TrackingStore
{
    private const string FileName = "tracking.db", LockName = "tracking.lock";

    private readonly FileStream _lock;

    private SqliteStore(string file, FileStream locked) => (Where, _lock) = (file, locked);

    public override string Where { get; }

    public override string Advice => "Give another folder with --data, or track no networks with --no-tracking.";

    protected override string Provider => "SQLite.MS";

    protected override string Connection => ConnectionString(Where);

    /// <summary>The folder in which users' data lie: <c>XDG_DATA_HOME/netflux</c>, which is <c>~/.local/share/netflux</c> by itself, or the like of other systems.</summary>
    public static string DefaultFolder => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "netflux");

    /// <summary>Opens the store in a folder, and makes both where there are none.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: it cannot be used; the text says why.</exception>
    public static SqliteStore Open(string folder)
    {
        var file = Path.Combine(Path.GetFullPath(folder), FileName);
        FileStream? locked = null;
        try
        {
            Directory.CreateDirectory(folder);
            locked = LockFile.TryTake(Path.Combine(folder, LockName))
                ?? throw new NetfluxException(NetfluxError.InvalidOptions, $"Another process keeps networks in {folder}: stop it, give another folder with --data, or track none with --no-tracking.");
            Prepare(file);
            return new SqliteStore(file, locked);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SqliteException or ArgumentException or NotSupportedException)
        {
            locked?.Dispose();
            throw new NetfluxException(NetfluxError.InvalidOptions, Explain(folder, file, failure), failure);
        }
    }

    /// <summary>Copies the store of a folder into a file, as it is at one moment, also while a host writes there.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: it could not; the text says why.</exception>
    public static void Backup(string folder, string file)
    {
        var store = Path.Combine(Path.GetFullPath(folder), FileName);
        if (!IO.File.Exists(store)) throw new NetfluxException(NetfluxError.InvalidOptions, $"No host keeps networks in {folder}; say where with --data.");
        if (IO.File.Exists(file)) throw new NetfluxException(NetfluxError.InvalidOptions, $"{file} is there already; give another file.");
        try
        {
            using var from = new SqliteConnection(ConnectionString(store) + ";Mode=ReadOnly;Pooling=False");
            using var to = new SqliteConnection(ConnectionString(file) + ";Pooling=False");
            from.Open();
            to.Open();
            from.BackupDatabase(to);
        }
        catch (Exception failure) when (failure is SqliteException or IOException or UnauthorizedAccessException)
        {
            IO.File.Delete(file);
            throw new NetfluxException(NetfluxError.InvalidOptions, $"{store} could not be copied to {file}: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }

    public override void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _lock.Dispose();
    }

    /// <summary>A log that is written ahead, which stays with the file: appending is several times as fast as with a journal that is rolled back.</summary>
    private static void Prepare(string file)
    {
        using var connection = new SqliteConnection(ConnectionString(file));
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA quick_check(1);";
        using var reader = command.ExecuteReader();
        reader.Read();
        var mode = reader.GetString(0);
        if (!string.Equals(mode, "wal", StringComparison.OrdinalIgnoreCase)) throw new IOException($"its file system takes no write-ahead log (journal mode {mode})");
        if (reader.NextResult() && reader.Read() && reader.GetString(0) is var found && found != "ok") throw new IOException($"the file is damaged: {found.ReplaceLineEndings(" ")}");
    }

    private static string ConnectionString(string file) => new SqliteConnectionStringBuilder { DataSource = file }.ToString();

    private static string Explain(string folder, string file, Exception failure) => failure switch
    {
        SqliteException { SqliteErrorCode: 26 } => $"{file} is no file of SQLite: give another folder with --data, or put the right file in its place.",
        UnauthorizedAccessException => $"This process may not write in {folder}: give another folder with --data, or track none with --no-tracking.",
        _ => $"Networks cannot be kept in {folder}: {failure.Message.ReplaceLineEndings(" ")}. Give another folder with --data, or track none with --no-tracking.",
    };
}
