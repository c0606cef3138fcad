namespace Netflux.TestKit;

/// <summary>Holds the run of a world against one promise of the contract.</summary>
public interface IContractChecker
{
    /// <summary>Whether the promise is for a while later, so that a violation may only mean that the while is not over.</summary>
    bool MayBeMendedByTime { get; }

    /// <summary>What breaks the promise now, one sentence each; nothing while it holds.</summary>
    IEnumerable<string> Violations(NetfluxWorld world);
}
