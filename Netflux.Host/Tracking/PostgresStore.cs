using System.Net.Sockets;
using Netflux.Messages;
using Npgsql;

namespace Netflux.Host.Tracking;

/// <summary>A database of PostgreSQL, which several nodes share. That two write for one room is noticed by its journal, in which a number of a room is there once.</summary>
internal sealed class PostgresStore : TrackingStore
{
    private const int PoolMax = 20;             // guess: the journal writes with as many connections as there are processors; a server takes 100 by itself, for all nodes
    private const int ConnectSeconds = 5;       // guess: a database is near, or it is away
    private const long TurnKey = 0x4e4554464c5558; // "NETFLUX": by which nodes take turns in making tables

    private readonly NpgsqlConnectionStringBuilder _connection;

    private PostgresStore(NpgsqlConnectionStringBuilder connection) => _connection = connection;

    public override string Where => $"{_connection.Host}/{_connection.Database}";

    public override string Advice => "Give another with --postgres, or a folder for a file with --data.";

    protected override string Provider => "PostgreSQL.15";

    protected override string Connection => _connection.ConnectionString;

    /// <summary>Connects once, so that what is wrong is told before anything starts.</summary>
    /// <param name="connection">As Npgsql reads it. Where it has no password, that is taken from PGPASSWORD or the file PGPASSFILE.</param>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: it cannot be used; the text says why.</exception>
    public static PostgresStore Open(string connection)
    {
        NpgsqlConnectionStringBuilder parsed;
        try
        {
            parsed = new NpgsqlConnectionStringBuilder(connection);
            if (!parsed.ContainsKey("Maximum Pool Size")) parsed.MaxPoolSize = PoolMax;
            if (!parsed.ContainsKey("Timeout")) parsed.Timeout = ConnectSeconds;
            if (string.IsNullOrEmpty(parsed.Host) || string.IsNullOrEmpty(parsed.Database)) throw new ArgumentException("Host and Database are missing");
        }
        catch (ArgumentException failure)
        {
            throw new NetfluxException(NetfluxError.InvalidOptions, $"--postgres cannot be read: {Sentence(failure)}. Expected is, for example, Host=db;Database=netflux;Username=netflux.", failure);
        }
        var store = new PostgresStore(parsed);
        try
        {
            using var first = store.Connect();
            first.Open();
            return store;
        }
        catch (Exception failure) when (failure is NpgsqlException or SocketException or TimeoutException or IOException)
        {
            throw new NetfluxException(NetfluxError.InvalidOptions, $"Networks cannot be kept in {store.Where}: {Explain(failure)}", failure);
        }
    }

    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: the database cannot be asked; the text says why.</exception>
    public override async Task<IAsyncDisposable?> TakeTurnAsync(CancellationToken cancellation)
    {
        var connection = Connect();
        try
        {
            await connection.OpenAsync(cancellation).ConfigureAwait(false);
            // Until the connection is closed, as it is by the end of a process, too.
            using var command = new NpgsqlCommand("SELECT pg_advisory_lock(@key)", connection);
            command.Parameters.AddWithValue("key", TurnKey);
            await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
            return connection;
        }
        catch (Exception failure)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (failure is NpgsqlException or SocketException or TimeoutException or IOException) throw new NetfluxException(NetfluxError.InvalidOptions, $"Networks cannot be kept in {Where}: {Explain(failure)}", failure);
            throw;
        }
    }

    public override void Dispose()
    {
        using var any = new NpgsqlConnection(Connection);
        NpgsqlConnection.ClearPool(any);
    }

    /// <summary>A connection of its own: one that goes back to the pool keeps its turn.</summary>
    private NpgsqlConnection Connect() => new(new NpgsqlConnectionStringBuilder(Connection) { Pooling = false }.ConnectionString);

    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    private static string Explain(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } wrong => $"{Sentence(wrong)}; give the right Username, and its password in PGPASSWORD or the file PGPASSFILE.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } missing => $"{Sentence(missing)}; make it with createdb, or name another.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } forbidden => $"{Sentence(forbidden)}; the user needs to make and write tables there.",
        PostgresException other => $"{Sentence(other)}.",
        _ => $"{Sentence(failure)}; see that the server runs, and is reached from here.",
    };

    private static string Sentence(Exception failure) => (failure is PostgresException said ? said.MessageText : failure.GetBaseException().Message).ReplaceLineEndings(" ").TrimEnd('.');
}
