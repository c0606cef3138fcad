using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>
/// Which remote addresses are ours. Where two connections share a socket and their other ends do, one of them alone can use the pair of both sockets: its datagrams could not be told from
/// the other's. So a check is answered only from where what comes is held, and a pair is valid only where its address is: then both ends of it are of one connection.
/// </summary>
internal sealed partial class IceAgent
{
    private const string TakenElsewhere = "Another connection of this port has this address.";

    private readonly List<(IceBase Base, TransportAddress Remote)> _held = [];

    private bool TryHold(IceBase @base, in TransportAddress remote, HoldReason reason)
    {
        if (!_addresses.TryHold(@base, remote, reason))
        {
            _instructions.Enqueue(new AddressRefused(@base, remote));
            return false;
        }
        if (!_held.Contains((@base, remote))) _held.Add((@base, remote));
        return true;
    }

    private void HandleAddressLost(IceBase @base, TransportAddress remote, Instant now)
    {
        _held.Remove((@base, remote));
        if (_path is { } path && path.Pair.IsAt(@base, remote))
        {
            // It was taken by who has an answer from there: the other end of this connection is there no more.
            LosePath(path, $"{remote} is of a newer connection.", now);
            return;
        }
        if (_former is { } former && former.Pair.IsAt(@base, remote)) RetireFormer(former);
        if (_session.Checklist.Find(@base, remote) is { } pair) Fail(pair, TakenElsewhere);
        _instructions.Enqueue(new AddressRefused(@base, remote));
    }

    private void ReleaseAddresses()
    {
        for (var i = _held.Count - 1; i >= 0; i--)
        {
            var (@base, remote) = _held[i];
            if (_life is Life.Running && IsNeeded(@base, remote)) continue;
            _held.RemoveAt(i);
            _addresses.Release(@base, remote);
        }
    }

    private bool IsNeeded(IceBase @base, in TransportAddress remote) =>
        _session.Checklist.Find(@base, remote) is not null || _former is { } former && former.Pair.IsAt(@base, remote) || _session.IndexOfEarly(@base, remote) >= 0;
}
