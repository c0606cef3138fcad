namespace Netflux.TestKit;

/// <summary>No actor of Netflux fails, and nothing is logged as an error: what a peer or a line does wrong is a fact, never an exception.</summary>
public sealed class NoFaultChecker : IContractChecker
{
    /// <inheritdoc />
    public bool MayBeMendedByTime => false;

    /// <inheritdoc />
    public IEnumerable<string> Violations(NetfluxWorld world)
    {
        ArgumentNullException.ThrowIfNull(world);
        return world.Logging.Errors;
    }
}
