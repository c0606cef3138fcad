using Netflux.Overlays.Star;

namespace Netflux.Tests.Overlays.Star;

/// <summary>The stories can fail: with a fault planted by way of the options, each is told otherwise.</summary>
public sealed class PlantedFaultTests
{
    private sealed class Planted(StarOptions options) : StarContractTests
    {
        private protected override StarOptions Options => options;
    }

    private static void Fails(StarOptions options, Action<StarContractTests> story) =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => story(new Planted(options)));

    [Fact]
    public void A_hub_that_keeps_news_to_itself() => Fails(new() { NewsDelay = TimeSpan.FromMinutes(1) }, star => StarWays.KillTheHub(star, 1, 5));

    [Fact]
    public void Members_that_are_gone_as_soon_as_the_new_hub_has_not_got_them() => Fails(new() { DoubtTime = TimeSpan.Zero }, star => StarWays.KillTheHub(star, 1, 5));

    [Fact]
    public void Everybody_who_comes_first_in_its_own_eyes() => Fails(new() { CandidatePatience = TimeSpan.Zero, OrphanPatience = TimeSpan.Zero, LonerWait = TimeSpan.Zero }, star =>
    {
        for (ulong seed = 1; seed <= 20; seed++) StarWays.KillTheHub(star, seed, 5);
    });

    [Fact]
    public void A_hub_that_looks_for_nobody() => Fails(new() { LostMemory = TimeSpan.Zero }, star => StarWays.MeetAgain(star, 1, 6, 3));

    [Fact]
    public void Members_that_never_go_to_a_better_hub() => Fails(new() { AttachPatience = TimeSpan.Zero }, star => StarWays.MeetAgain(star, 1, 6, 3));
}
