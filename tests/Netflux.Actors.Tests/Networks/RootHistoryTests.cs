using Netflux.Identity;
using Netflux.Messages;
using Netflux.TestKit;
using static Netflux.Networks.Roots;

namespace Netflux.Networks;

/// <summary>"5b" is the state b as the fifth, after a.</summary>
public class RootHistoryTests
{
    private readonly RootHistory _history = new(Lobby, RootOptions.Default);

    private string[] Shown(string root, double at, double? askedAt = null, SeededPeerKeys? by = null) => [.. _history.HandleShown(new ShownRoot(Of(root, by), At(askedAt ?? at)), At(at)).Select(Text)];

    private string[] Told(string root, double at, SeededPeerKeys? by = null, NetworkId? network = null) => [.. _history.HandleTold(Of(root, by, network), At(at)).Select(Text)];

    private static string Text(AnnounceContradiction found) => $"{found.How} {Named(found.First)} {Named(found.Second)}".TrimEnd();

    private static string Named(TrackerRoot? root) => root is null ? "" : $"{root.Epoch}{(char)root.Root.Span[0]}";

    [Fact]
    public void Of_an_honest_server_nothing_is_told()
    {
        Assert.Empty(Shown("0a", 1));
        Assert.Empty(Shown("1b", 2));
        Assert.Empty(Told("4e", 3));
        Assert.Empty(Shown("2c", 4, askedAt: 2.5)); // the answer was on its way when the other told of a newer one
        Assert.Empty(Shown("4e", 5));
        Assert.Empty(Told("3d", 6));                // an old one, of somebody who comes now
        Assert.Empty(Told("3d", 7));
        Assert.Equal(4ul, _history.Highest!.Epoch);
    }

    [Fact]
    public void A_lower_epoch_than_was_known_when_it_was_asked_is_told()
    {
        Shown("5f", 1);
        Told("7h", 2);
        Assert.Equal(["LowerEpoch 7h 6g"], Shown("6g", 4, askedAt: 3));
        Assert.Empty(Shown("6g", 6));   // the same two
        Assert.Equal(["LowerEpoch 7h 4e"], Shown("4e", 7));
    }

    [Fact]
    public void What_was_heard_in_the_moment_of_the_question_does_not_count()
    {
        Shown("5f", 1);
        Told("7h", 2);
        Assert.Empty(Shown("6g", 3, askedAt: 2));
    }

    [Fact]
    public void Two_roots_of_one_epoch_are_told_whoever_heard_of_them()
    {
        Shown("5f", 1);
        Assert.Equal(["TwoRoots 5f 5x"], Told("5x", 2));
        Assert.Empty(Told("5x", 3));
        Assert.Equal(["TwoRoots 5f 5y"], Shown("5y", 4));
        Assert.Equal(["TwoRoots 5f 5f"], Told("5f after x", 5)); // the same state, said to come from another
        Assert.Equal("5f", Named(_history.Highest));
    }

    [Fact]
    public void A_state_that_does_not_follow_from_the_one_before_is_told_in_either_order()
    {
        Shown("5f", 1);
        Assert.Equal(["BrokenChain 5f 6g"], Told("6g after x", 2));
        Assert.Equal(["BrokenChain 4x 5f"], Told("4x", 3));
        Assert.Equal("6g", Named(_history.Highest)); // it is signed, and others are to have it
    }

    [Fact]
    public void The_key_is_that_of_the_first_root_which_the_server_showed_itself()
    {
        Assert.Empty(Told("9j", 1, OtherTracker));
        Assert.Null(_history.Highest);
        Shown("5f", 2);
        Assert.Empty(Told("9j", 3, OtherTracker));   // somebody's
        Assert.Empty(Told("5x", 3, network: RecordsSamples.Invite.Network));
        Assert.Equal(["OtherKey 5f 6g"], Shown("6g", 4, by: OtherTracker));
        Assert.Empty(Shown("7h", 5, by: OtherTracker));
        Assert.Equal("5f", Named(_history.Highest));
        Assert.Empty(Shown("6g", 6));
    }

    [Fact]
    public void A_list_that_is_not_that_of_its_root_is_told_once()
    {
        var root = Of("5f");
        Assert.Equal(["OtherMembers 5f"], _history.HandleWrongList(root).Select(Text));
        Assert.Empty(_history.HandleWrongList(root));
    }

    [Fact]
    public void What_is_remembered_and_told_has_a_limit()
    {
        var history = new RootHistory(Lobby, RootOptions.Default with { RememberedMax = 3, ContradictionsMax = 2 });
        for (var epoch = 0; epoch < 6; epoch++) Assert.Empty(history.HandleShown(new ShownRoot(Of($"{epoch}{(char)('a' + epoch)}"), At(epoch)), At(epoch)));
        Assert.Empty(history.HandleTold(Of("1x"), At(7)));              // forgotten
        Assert.Single(history.HandleTold(Of("4x"), At(8)));
        Assert.Single(history.HandleTold(Of("4y"), At(9)));
        Assert.Empty(history.HandleTold(Of("4z"), At(10)));
        Assert.Empty(history.HandleShown(new ShownRoot(Of("0a"), At(11)), At(11)));
    }
}
