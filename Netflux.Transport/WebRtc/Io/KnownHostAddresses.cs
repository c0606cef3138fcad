using System.Net;
using System.Net.NetworkInformation;
using Netflux.Core;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>
/// The machine's addresses as they were last read. Reading takes one to ten milliseconds, a large part of what opening a connection does; so they are read again
/// when the system has said that they changed.
/// </summary>
internal sealed class KnownHostAddresses : IDisposable
{
    /// <summary>For so long they are taken as they were where the system does not tell of changes. Source: guess; many connections open together.</summary>
    private static readonly TimeSpan s_keptUntold = TimeSpan.FromSeconds(2);

    private readonly RtcPortOptions _options;
    private readonly Lock _gate = new();
    private readonly bool _isTold;
    private IReadOnlyList<IPAddress>? _known;
    private Instant _knownUntil;

    public KnownHostAddresses(RtcPortOptions options)
    {
        _options = options;
        try
        {
            NetworkChange.NetworkAddressChanged += Forget;
            _isTold = true;
        }
        catch (NetworkInformationException)
        {
            // A sandbox without netlink.
        }
    }

    public IReadOnlyList<IPAddress> Find()
    {
        lock (_gate)
        {
            var now = RtcClock.Now;
            if (_known is null || (!_isTold && _knownUntil <= now)) (_known, _knownUntil) = (HostAddresses.Find(_options), now + s_keptUntold);
            return _known;
        }
    }

    public void Dispose() => NetworkChange.NetworkAddressChanged -= Forget;

    private void Forget(object? sender, EventArgs e)
    {
        lock (_gate) _known = null;
    }
}
