namespace Netflux.CutProxy;

/// <summary>After how many bytes, counted in which direction, a connection ends and how.</summary>
public sealed record Cut(CutKind Kind, CutDirection Direction, long AfterBytes);

/// <summary>Draws the cuts: the same seed and the same commands give the n-th connection the same cut.</summary>
public sealed class CutPlan(ulong seed)
{
    private readonly Lock _gate = new();
    private ulong _state = seed;
    private ProxyCommand? _plan;
    private int _left;
    private int _done;

    public (int Done, int Left) Counts
    {
        get { lock (_gate) return (_done, _left); }
    }

    public void Set(ProxyCommand? plan)
    {
        lock (_gate) (_plan, _left) = (plan, plan?.Cuts ?? 0);
    }

    /// <summary>The cut of the next connection, if one is left.</summary>
    public Cut? Next()
    {
        lock (_gate)
        {
            if (_plan is not { } plan || _left == 0) return null;
            _left--;
            return new(plan.Kinds[(int)Draw(plan.Kinds.Count)], plan.Directions[(int)Draw(plan.Directions.Count)], plan.From + (long)Draw(plan.To - plan.From + 1));
        }
    }

    public void Done()
    {
        lock (_gate) _done++;
    }

    /// <summary>The connection ended by itself before its cut came: the cut goes to another.</summary>
    public void Return()
    {
        lock (_gate)
        {
            if (_plan is not null) _left++;
        }
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the platform's generator may change its numbers between versions, and a seed must not.</summary>
    private ulong Draw(long bound)
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return (z ^ z >> 31) % (ulong)Math.Max(1, bound);
    }
}
