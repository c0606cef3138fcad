using Netflux.Core;
using Netflux.Identity;
using Netflux.Sessions;

namespace Netflux.Simulation.Network.Sessions;

/// <summary>The sessions of one run of a node.</summary>
internal sealed class SessionHost
{
    private readonly Dictionary<int, SessionEnd> _ends = [];
    private readonly Queue<SessionEnd> _dirty = new();
    private int _depth;

    public SessionHost(SessionNetwork network, ILinkUser user, int node)
    {
        (Network, User, Node) = (network, user, node);
        var run = new Incarnation(user.Run);
        Run = () => run;
    }

    public SessionNetwork Network { get; }
    public ILinkUser User { get; }
    public int Node { get; }
    public Func<Incarnation> Run { get; }
    public ReassemblyBudget Budget { get; } = new(256 << 20);

    /// <summary>Others may link with it.</summary>
    public bool IsUp { get; private set; } = true;

    /// <summary>Its process is gone.</summary>
    public bool IsGone { get; private set; }

    public IEnumerable<SessionEnd> Ends => _ends.Values.OrderBy(end => end.Peer);

    public SessionEnd? Find(int peer) => _ends.GetValueOrDefault(peer);

    public SessionEnd EndFor(int peer)
    {
        if (_ends.TryGetValue(peer, out var end)) return end;
        return _ends[peer] = new SessionEnd(this, peer);
    }

    /// <summary>It has nothing to do any more. A timer of one that was forgotten before says so again.</summary>
    public void Forget(SessionEnd end)
    {
        if (Find(end.Peer) == end) _ends.Remove(end.Peer);
    }

    /// <summary>Sessions end in order, one after the other as they are done.</summary>
    public void Leave()
    {
        IsUp = false;
        foreach (var end in Ends.ToArray()) end.Leave();
        Flush();
    }

    public void Crash()
    {
        (IsUp, IsGone) = (false, true);
        foreach (var end in Ends) end.Crash();
    }

    // ---- Writing once for all that happens at one moment ----

    public void Enter() => _depth++;

    public void Exit()
    {
        _depth--;
        Flush();
    }

    public void Touch(SessionEnd end)
    {
        if (end.IsTouched) return;
        end.IsTouched = true;
        _dirty.Enqueue(end);
    }

    public void Flush()
    {
        if (_depth > 0) return;
        _depth++;
        while (_dirty.TryDequeue(out var end))
        {
            if (!IsGone) end.Flush();
            end.IsTouched = false;
        }
        _depth--;
    }
}
