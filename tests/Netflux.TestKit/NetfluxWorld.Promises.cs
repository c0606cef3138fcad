namespace Netflux.TestKit;

// The contract, held.
public sealed partial class NetfluxWorld
{
    /// <summary>DESIGN §7: views agree 10 s after the last fault, and a silent member is gone by 14 s. As much again for the slowest line.</summary>
    private static readonly TimeSpan s_promiseLimit = TimeSpan.FromSeconds(30);

    /// <summary>The checkers of the contract; add your own.</summary>
    public IList<IContractChecker> Checkers { get; } = [new OrderChecker(), new NoDoubleChecker(), new NoLossChecker(), new EventOrderChecker(), new ViewsAgreeChecker(), new NoFaultChecker()];

    /// <summary>
    /// Holds the whole run so far against what Netflux promises. What is promised for later (that nothing is lost, that views agree) is waited for, at most 30 s
    /// of the world's time; what must never happen fails at once.
    /// </summary>
    /// <exception cref="NetfluxWorldException">A promise is broken; the text says which, and how to repeat.</exception>
    public void AssertPromises()
    {
        Loop.Settle();
        var limit = Loop.Elapsed + s_promiseLimit;
        while (Checkers.Any(checker => checker.MayBeMendedByTime && checker.Violations(this).Any()) && Loop.Elapsed < limit)
            Loop.AdvanceTo(Loop.Elapsed + TimeSpan.FromSeconds(1));
        var broken = Checkers.SelectMany(checker => checker.Violations(this).Take(10).Select(violation => $"{checker.GetType().Name}: {violation}")).ToList();
        if (broken.Count > 0) throw Failure($"The contract is broken:\n{string.Join('\n', broken)}");
    }
}
