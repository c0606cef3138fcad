using Akka.Configuration;
using Akka.Persistence.Sql;

namespace Netflux.Host.Tracking;

/// <summary>Where a tracking server keeps what it remembers, as Akka.Persistence.Sql is to use it.</summary>
internal abstract class TrackingStore : IDisposable
{
    /// <summary>For people, and without a password.</summary>
    public abstract string Where { get; }

    /// <summary>What to do where it does not work.</summary>
    public abstract string Advice { get; }

    public Config Config => ConfigurationFactory.ParseString($$"""
        akka.persistence {
          journal {
            plugin = "akka.persistence.journal.sql"
            sql { {{Settings}} }
          }
          query.journal.sql { {{Settings}} }
          snapshot-store {
            plugin = "akka.persistence.snapshot-store.sql"
            sql { {{Settings}} }
          }
        }
        """).WithFallback(SqlPersistence.DefaultConfiguration);

    /// <summary>By which linq2db knows the database.</summary>
    protected abstract string Provider { get; }

    protected abstract string Connection { get; }

    private string Settings => $"connection-string = \"{Connection.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\", provider-name = \"{Provider}\"";

    /// <summary>Nodes begin one after the other, since the first makes the tables; until what is returned is disposed of. Null where there is one node.</summary>
    public virtual Task<IAsyncDisposable?> TakeTurnAsync(CancellationToken cancellation) => Task.FromResult<IAsyncDisposable?>(null);

    public abstract void Dispose();
}
