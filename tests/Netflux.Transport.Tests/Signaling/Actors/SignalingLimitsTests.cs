using System.Globalization;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Server;
using static Netflux.Transport.Signaling.Samples;

namespace Netflux.Transport.Signaling.Actors;

/// <summary>Buckets that fill again over an hour, or a thousandth of a second before the next test: no test waits for one.</summary>
public class SignalingLimitsTests
{
    private static readonly OpenDoorAsk s_tracked = new("lobby", Lobby, DoorMode.Create, Track: true), s_plain = s_tracked with { Track = false };

    // Of one a second: more attempts than any machine is slow.
    private static readonly SignalingServerOptions s_few = new() { ConnectionAttemptsBurst = 2, ConnectionAttemptsPerSecond = 1, TrackedPerIdentityAndHour = 2, TrackedPerAddressAndHour = 3 };

    [Fact]
    public void An_address_that_tries_too_often_is_told_when_to_come_again_and_others_are_not()
    {
        using var limits = new SignalingLimits(s_few);
        var reached = Until(() => limits.Connecting("198.51.100.1"));
        Assert.Equal("1", reached.RetryAfterSeconds);
        Assert.Equal("Too many connections were tried from this address; try again in 1 s.", reached.Text);
        Assert.Null(limits.Connecting("198.51.100.2"));
    }

    [Theory]
    [InlineData("2001:db8::1", "2001:db8::ffff:1", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("198.51.100.1", "::ffff:198.51.100.1", true)]
    [InlineData("198.51.100.1", "198.51.100.2", false)]
    public void A_64_of_IPv6_counts_as_one_address(string one, string other, bool same)
    {
        using var limits = new SignalingLimits(new() { ConnectionAttemptsBurst = 100_000, ConnectionAttemptsPerSecond = 1 });
        for (var i = 0; i < 100_000; i++) limits.Connecting(one);
        Assert.Equal(same, Enumerable.Range(0, 1_000).Any(_ => limits.Connecting(other) is not null));
    }

    [Fact]
    public void Networks_that_are_remembered_are_counted_for_the_identity_and_for_the_address()
    {
        using var limits = new SignalingLimits(s_few);
        Assert.Null(limits.Asking(Alice.Id, "198.51.100.1", s_tracked));
        Assert.Null(limits.Asking(Alice.Id, "198.51.100.1", s_tracked));
        var reached = limits.Asking(Alice.Id, "198.51.100.2", s_tracked);
        Assert.StartsWith("This identity asks for more than 2 networks an hour", reached?.Text, StringComparison.Ordinal);
        Assert.InRange(reached!.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(30));
        Assert.Null(limits.Asking(Alice.Id, "198.51.100.1", s_plain));
        // Identities are free.
        Assert.Null(limits.Asking(Bob.Id, "198.51.100.1", s_tracked));
        Assert.StartsWith("More than 3 networks an hour", limits.Asking(Bob.Id, "198.51.100.1", s_tracked)?.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_identity_asks_is_counted_over_its_connections()
    {
        using var limits = new SignalingLimits(new() { MessagesBurst = 2, MessagesPerSecond = 1 });
        Assert.StartsWith("This identity asks more than 1 times a second", Until(() => limits.Asking(Alice.Id, "198.51.100.1", s_plain)).Text, StringComparison.Ordinal);
        Assert.Null(limits.Asking(Bob.Id, "198.51.100.1", s_plain));
    }

    [Fact]
    public void So_many_addresses_as_there_are_cost_no_more_places_than_these()
    {
        const int Places = 16;
        using var limits = new SignalingLimits(new() { TrackedPerIdentityAndHour = 1_000_000, TrackedPerAddressAndHour = 1, LimitPlaces = Places });
        // Each place gives one; were there one for each address, all would get it.
        var taken = Enumerable.Range(0, 10_000).Count(i => limits.Asking(Alice.Id, string.Create(CultureInfo.InvariantCulture, $"10.0.{i / 250}.{i % 250}"), s_tracked) is null);
        Assert.InRange(taken, 1, Places);
    }

    private static LimitReached Until(Func<LimitReached?> take)
    {
        for (var i = 0; i < 1_000; i++)
            if (take() is { } reached) return reached;
        throw new Xunit.Sdk.XunitException("A thousand were let through.");
    }
}
