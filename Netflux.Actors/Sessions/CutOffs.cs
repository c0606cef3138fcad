using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;

namespace Netflux.Sessions;

/// <summary>
/// Who was cut off lately for breaking the rules. Handshakes cost this process signatures, so one that would only be cut off again is not given a session. What counts was said in
/// sealed records: nobody can have another peer refused.
/// </summary>
internal sealed class CutOffs(LinkOptions options)
{
    private readonly record struct CutOff(PeerId Peer, string? Address, CloseCode Code, Instant Until);

    private readonly Queue<CutOff> _oldestFirst = new();
    private readonly Dictionary<PeerId, CutOff> _byPeer = [];
    private readonly Dictionary<string, int> _perAddress = new(StringComparer.Ordinal);

    /// <summary>Whether a link that was closed with this code counts.</summary>
    public static bool Counts(CloseCode code) => code is CloseCode.ProtocolViolated or CloseCode.Flooding or CloseCode.TooLarge;

    /// <summary>A session with the peer was cut off. The address is that of a link which the peer dialled, else null.</summary>
    public void Add(PeerId peer, string? address, CloseCode code, Instant now)
    {
        Forget(now);
        while (_oldestFirst.Count >= options.CutOffsMax) ForgetOldest();
        var cutOff = new CutOff(peer, address, code, now + options.CutOffTime);
        _oldestFirst.Enqueue(cutOff);
        _byPeer[peer] = cutOff;
        if (address is not null) _perAddress[address] = _perAddress.GetValueOrDefault(address) + 1;
    }

    /// <summary>Null where the peer may have a session, else why not: the code with which the peer was cut off, or <see cref="CloseCode.Flooding"/> for its address.</summary>
    public CloseCode? Refusal(PeerId peer, string? address, Instant now)
    {
        Forget(now);
        if (_byPeer.TryGetValue(peer, out var cutOff)) return cutOff.Code;
        return address is not null && _perAddress.GetValueOrDefault(address) >= options.CutOffsPerAddressMax ? CloseCode.Flooding : null;
    }

    private void Forget(Instant now)
    {
        while (_oldestFirst.TryPeek(out var oldest) && oldest.Until <= now) ForgetOldest();
    }

    private void ForgetOldest()
    {
        var oldest = _oldestFirst.Dequeue();
        if (_byPeer.GetValueOrDefault(oldest.Peer) == oldest) _byPeer.Remove(oldest.Peer);
        if (oldest.Address is { } address && --_perAddress[address] == 0) _perAddress.Remove(address);
    }
}
