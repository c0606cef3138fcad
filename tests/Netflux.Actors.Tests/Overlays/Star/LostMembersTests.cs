using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays.Star;
using Netflux.TestKit;

namespace Netflux.Tests.Overlays.Star;

public sealed class LostMembersTests
{
    private static readonly Genesis s_genesis = OverlayPeople.GenesisFor(Topology.Star(null, 20));
    private static readonly StarOptions s_options = new();
    private readonly LostMembers _lost = new(s_options, places: 2, new SeededRandom(1));

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(3_600 + seconds).Ticks);

    private static StarContact Person(int person) => new(OverlayPeople.Keys(person).Card, null);

    [Fact]
    public void One_that_is_looked_for_and_heard_of_again_is_looked_for_still_and_remembered_for_longer()
    {
        _lost.Add(Person(1), s_options.HeardMemory, At(0));
        Assert.Equal([Person(1).Id], _lost.HandleDeadline(seeks: true, At(1)));
        _lost.Add(Person(1), s_options.HeardMemory, At(10));
        Assert.Equal([Person(1)], _lost.Sought);
        _lost.HandleDeadline(seeks: true, At(35));
        Assert.Equal([Person(1)], _lost.Sought);
        _lost.HandleDeadline(seeks: true, At(40));
        Assert.Empty(_lost.Sought);
    }

    [Fact]
    public void A_record_is_not_forgotten_for_a_card()
    {
        var record = OverlayPeople.Record(s_genesis, 1);
        _lost.Add(StarContact.Of(record), s_options.LostMemory, At(0));
        _lost.Add(Person(1), s_options.HeardMemory, At(595));
        _lost.HandleDeadline(seeks: true, At(620));
        Assert.Equal([StarContact.Of(record)], _lost.Sought);
    }

    [Fact]
    public void Twice_the_places_are_remembered_and_who_would_be_forgotten_first_makes_room()
    {
        for (var person = 1; person <= 5; person++) _lost.Add(Person(person), s_options.HeardMemory, At(person));
        Assert.Equal(Enumerable.Range(2, 4).Select(person => Person(person).Id).Order(), _lost.HandleDeadline(seeks: true, At(10)).Order());
    }
}
