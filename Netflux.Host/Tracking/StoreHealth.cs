using Microsoft.Extensions.Diagnostics.HealthChecks;
using Netflux.Messages;

namespace Netflux.Host.Tracking;

/// <summary>Whether the store takes what is written. However often it is asked, the store is tried once in a while.</summary>
internal sealed class StoreHealth(TrackingNode node, TimeProvider clock) : IHealthCheck, IDisposable
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(5);    // guess: orchestrators ask every ten seconds or so
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5); // guess: a store that needs longer serves nobody

    private readonly SemaphoreSlim _one = new(1);
    private HealthCheckResult _last;
    private long? _at;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_at is { } at && clock.GetElapsedTime(at) < s_fresh) return _last;
            _last = await TryAsync(cancellationToken).ConfigureAwait(false);
            _at = clock.GetTimestamp();
            return _last;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<HealthCheckResult> TryAsync(CancellationToken cancellation)
    {
        try
        {
            await node.TryStoreAsync(s_patience, cancellation).ConfigureAwait(false);
            return HealthCheckResult.Healthy();
        }
        catch (NetfluxException failure)
        {
            return HealthCheckResult.Unhealthy(failure.Message);
        }
    }
}
