using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Sessions;

namespace Netflux.Simulation.Network.Sessions;

/// <summary>One link as sessions have it: it carries records, in order and whole, until it is closed or dies; what is under way then is lost. The handshake has been; sealing is left out, as on data channels.</summary>
internal sealed class RecordLink(SessionNetwork network, LinkId id, SessionEnd dialler, SessionEnd listener, TimeSpan latency) : IHappening
{
    private Instant _lastAtDialler, _lastAtListener;
    private List<(int To, object What)>? _held;                  // by a cut
    private bool _diallerHas = true, _listenerHas = true, _isDead;

    public LinkId Id => id;
    public TimeSpan Latency => latency;
    public SessionEnd Dialler => dialler;
    public SessionEnd Listener => listener;

    private SessionEnd End(int side) => side == 0 ? dialler : listener;

    private int SideOf(SessionEnd end) => end == dialler ? 0 : 1;

    private ref bool Has(int side) => ref side == 0 ? ref _diallerHas : ref _listenerHas;

    public void Prove(SessionId fresh)
    {
        listener.HandleProven(this, LinkRole.Listener, fresh);
        dialler.HandleProven(this, LinkRole.Dialler, fresh);
    }

    public void Send(SessionEnd from, byte[] record) => Carry(1 - SideOf(from), record);

    /// <summary>The other side hears of it after all that was sent before.</summary>
    public void Close(SessionEnd by, CloseCode code, string text, Incarnation? seen)
    {
        if (!Has(SideOf(by))) return;
        Has(SideOf(by)) = false;
        Carry(1 - SideOf(by), new LinkLost(id, code, text, seen));
    }

    /// <summary>The process at this end is gone.</summary>
    public void Crash(SessionEnd by, bool isSilent)
    {
        Has(SideOf(by)) = false;
        if (!isSilent) Carry(1 - SideOf(by), new LinkLost(id, CloseCode.Lost, "reset"));
    }

    /// <summary>Both ends notice it, each in its time.</summary>
    public void Die()
    {
        if (_isDead || !(_diallerHas && _listenerHas)) return;
        _isDead = true;
        _held = null;
        for (var side = 0; side < 2; side++) network.Time.At(network.Time.Now + latency * network.Random.NextDouble(), this, side, new LinkLost(id, CloseCode.Lost, "died"));
    }

    public void Heal()
    {
        var held = _held ?? [];
        _held = null;
        foreach (var (to, what) in held) Carry(to, what);
    }

    private void Carry(int to, object what)
    {
        if (_isDead) return;
        if (network.IsCut(End(1 - to).Node, End(to).Node))
        {
            // Sent again until the cut is over, as long as there is a link.
            if (_held is null) network.Hold(this);
            (_held ??= []).Add((to, what));
            return;
        }
        ref var last = ref to == 0 ? ref _lastAtDialler : ref _lastAtListener;
        var arrival = network.Time.Now + network.Delays.OneWay(latency) + network.Delays.Repeats();
        if (arrival > last) last = arrival;
        network.Time.At(last, this, to, what);
    }

    void IHappening.Happen(int number, object? what)
    {
        if (!Has(number)) return;
        if (what is LinkLost lost)
        {
            Has(number) = false;
            End(number).HandleLost(this, lost);
        }
        else if (!_isDead)
        {
            End(number).HandleRecord(this, (byte[])what!);
        }
    }
}
