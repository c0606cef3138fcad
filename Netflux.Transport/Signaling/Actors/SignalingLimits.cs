using System.Globalization;
using System.Threading.RateLimiting;
using Netflux.Identity;
using Netflux.Transport.Signaling.Server;
using Netflux.Transport.WebSockets;

namespace Netflux.Transport.Signaling.Actors;

/// <summary>Too much was asked.</summary>
internal sealed record LimitReached(string What, TimeSpan RetryAfter)
{
    /// <summary>As HTTP wants it: whole seconds, and at least one.</summary>
    public string RetryAfterSeconds => Math.Max(1, (long)Math.Ceiling(RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    /// <summary>One sentence for whoever asked.</summary>
    public string Text => $"{What}; try again in {RetryAfterSeconds} s.";
}

/// <summary>
/// What one address and one identity may do over all of their connections; the limits of one connection are its core's. Real time passes in here, so it stands beside the actors and not in a core.
/// Any thread may use it.
/// </summary>
/// <remarks>
/// A bucket for each, in a fixed number of places, so that many addresses cost no more memory than that; those that are full again are dropped. Two may share a place, by a hash that changes
/// with each process: nobody can choose with whom.
/// </remarks>
internal sealed class SignalingLimits : IDisposable
{
    private enum Kind { Attempts, Requests, TrackedByPeer, TrackedByAddress }

    private readonly record struct Place(Kind Kind, uint Number);

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private readonly SignalingServerOptions _options;
    private readonly PartitionedRateLimiter<Place> _buckets;

    public SignalingLimits(SignalingServerOptions options)
    {
        _options = options;
        _buckets = PartitionedRateLimiter.Create<Place, Place>(place => RateLimitPartition.GetTokenBucketLimiter(place, Bucket));
    }

    /// <summary>A connection is tried, before anything is known of it but the address. Null: it may go on.</summary>
    public LimitReached? Connecting(string address) => Take(Kind.Attempts, HashOf(address));

    /// <summary>A proven peer asks for something. Null: it may have it.</summary>
    public LimitReached? Asking(PeerId who, string address, PeerAsk ask) =>
        Take(Kind.Requests, HashOf(who)) ?? (ask is OpenDoorAsk { Track: true } ? Take(Kind.TrackedByPeer, HashOf(who)) ?? Take(Kind.TrackedByAddress, HashOf(address)) : null);

    public void Dispose() => _buckets.Dispose();

    private LimitReached? Take(Kind kind, int whose)
    {
        using var lease = _buckets.AttemptAcquire(new(kind, (uint)whose % (uint)_options.LimitPlaces));
        return lease.IsAcquired ? null : new(What(kind), lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : s_second);
    }

    private string What(Kind kind) => kind switch
    {
        Kind.Attempts => "Too many connections were tried from this address",
        Kind.Requests => $"This identity asks more than {_options.MessagesPerSecond} times a second",
        Kind.TrackedByPeer => $"This identity asks for more than {_options.TrackedPerIdentityAndHour} networks an hour to be remembered",
        _ => $"More than {_options.TrackedPerAddressAndHour} networks an hour are to be remembered from this address",
    };

    // Both are keyed at random in each process.
    private static int HashOf(string address) => AddressGroup.Of(address).GetHashCode(StringComparison.Ordinal);

    private static int HashOf(PeerId who)
    {
        Span<byte> bytes = stackalloc byte[PeerId.Length];
        who.Write(bytes);
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }

    private TokenBucketRateLimiterOptions Bucket(Place place) => place.Kind switch
    {
        Kind.Attempts => Bucket(_options.ConnectionAttemptsBurst, _options.ConnectionAttemptsPerSecond, s_second),
        Kind.Requests => Bucket(_options.MessagesBurst, _options.MessagesPerSecond, s_second),
        Kind.TrackedByPeer => Bucket(_options.TrackedPerIdentityAndHour, 1, TimeSpan.FromHours(1) / _options.TrackedPerIdentityAndHour),
        _ => Bucket(_options.TrackedPerAddressAndHour, 1, TimeSpan.FromHours(1) / _options.TrackedPerAddressAndHour),
    };

    private static TokenBucketRateLimiterOptions Bucket(int burst, int perPeriod, TimeSpan period) =>
        new() { TokenLimit = burst, TokensPerPeriod = perPeriod, ReplenishmentPeriod = period, QueueLimit = 0, AutoReplenishment = false };
}
