using System.Net;
using System.Net.Sockets;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>
/// Asks the system for the addresses of names: STUN and TURN servers, and the <c>.local</c> names of browsers where the system resolves those. The system's call blocks a
/// thread of the pool for as long as it likes; so few run at once, and who asks does not wait longer than a limit.
/// </summary>
internal sealed class NameResolver : IDisposable
{
    /// <summary>Calls of the system at once. Source: guess; so many threads of the pool may hang in a resolver that does not answer.</summary>
    private const int CallsMax = 4;

    /// <summary>Names that wait or are asked for; further ones have no addresses. Source: guess, the candidates of some browsers.</summary>
    private const int NamesMax = 256;

    /// <summary>Source: glibc's resolver gives up after 5 s for each server that is silent.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _calls = new(CallsMax);
    private int _names;

    /// <param name="name">A host's name, or an address.</param>
    /// <param name="resolved">Called on some thread, once; with no addresses where there are none.</param>
    public void Resolve(string name, Action<IReadOnlyList<IPAddress>> resolved)
    {
        if (IPAddress.TryParse(name, out var address))
        {
            resolved([address]);
            return;
        }
        _ = Task.Run(async () => resolved(await FindAsync(name).ConfigureAwait(false)));
    }

    private async Task<IReadOnlyList<IPAddress>> FindAsync(string name)
    {
        if (Interlocked.Increment(ref _names) > NamesMax)
        {
            Interlocked.Decrement(ref _names);
            return [];
        }
        var call = CallAsync(name);
        try
        {
            return await call.WaitAsync(s_patience).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or TimeoutException or ObjectDisposedException)
        {
            return [];
        }
    }

    private async Task<IReadOnlyList<IPAddress>> CallAsync(string name)
    {
        try
        {
            await _calls.WaitAsync().ConfigureAwait(false);
            try
            {
                return await Dns.GetHostAddressesAsync(name).ConfigureAwait(false);
            }
            finally
            {
                _calls.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _names);
        }
    }

    public void Dispose() => _calls.Dispose();
}
