using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.TestKit;
using static Netflux.Networks.Roots;

namespace Netflux.Networks;

/// <summary>Members that tell each other what their server showed them.</summary>
public class RootGossipTests
{
    private static readonly PeerId s_ann = new SeededPeerKeys(1).Id, s_bob = new SeededPeerKeys(2).Id;
    private readonly RootGossip _gossip = new(Lobby, RootOptions.Default);
    private double _now;

    private List<RootInstruction> Handle(params RootFact[] facts)
    {
        foreach (var fact in facts) _gossip.Handle(fact, At(_now));
        return Take();
    }

    private List<RootInstruction> Take()
    {
        List<RootInstruction> taken = [];
        while (_gossip.TryTake(out var instruction)) taken.Add(instruction);
        return taken;
    }

    private List<RootInstruction> Advance(double seconds)
    {
        List<RootInstruction> said = [];
        var end = _now + seconds;
        while (_gossip.NextDeadline is { } next && next <= At(end))
        {
            _now = (next - Instant.Zero).TotalSeconds;
            _gossip.HandleDeadline(At(_now));
            said.AddRange(Take());
        }
        _now = end;
        return said;
    }

    private RootWasShown Shown(string root) => new(new ShownRoot(Of(root), At(_now)));

    private static RootFrameReceived Frame(PeerId from, string root, SeededPeerKeys? by = null) => new(from, Of(root, by).Record);

    private static string[] Texts(IEnumerable<RootInstruction> said) => [.. said.Select(instruction => instruction switch
    {
        SendRoot send => $"{(send.To == s_ann ? "ann" : "bob")} {send.Root.Epoch}{(char)send.Root.Root.Span[0]}",
        AnnounceContradiction found => $"{found.How} {found.First.Epoch} {found.Second?.Epoch}",
        _ => instruction.ToString()!,
    })];

    [Fact]
    public void A_neighbour_is_told_when_it_comes_and_when_there_is_a_higher_one()
    {
        Assert.Empty(Handle(new RootNeighbourUp(s_ann)));
        Assert.Equal(["ann 1b"], Texts(Handle(Shown("1b"))));
        Assert.Equal(["bob 1b"], Texts(Handle(new RootNeighbourUp(s_bob))));
        _now = 10;
        Assert.Equal("ann 2c, bob 2c", string.Join(", ", Texts(Handle(Shown("2c"))).Order(StringComparer.Ordinal)));
        Handle(new RootNeighbourGone(s_ann));
        _now = 20;
        Assert.Equal(["bob 3d"], Texts(Handle(Shown("3d"))));
        Assert.Equal(["ann 3d"], Texts(Handle(new RootNeighbourUp(s_ann))));
    }

    [Fact]
    public void What_one_neighbour_told_is_told_to_the_others_and_not_back()
    {
        Handle(Shown("1b"), new RootNeighbourUp(s_ann), new RootNeighbourUp(s_bob));
        _now = 10;
        Assert.Equal(["bob 5f"], Texts(Handle(Frame(s_ann, "5f"))));
        Assert.Empty(Handle(Frame(s_bob, "5f")));
        Assert.Null(_gossip.NextDeadline);
    }

    [Fact]
    public void A_neighbour_is_told_at_most_each_five_seconds_and_then_the_highest()
    {
        Handle(Shown("1b"), new RootNeighbourUp(s_ann));
        _now = 1;
        Assert.Empty(Handle(Shown("2c"), Shown("3d")));
        Assert.Empty(Advance(3.9));
        Assert.Equal(["ann 3d"], Texts(Advance(0.1)));
        Assert.Empty(Advance(60));
    }

    [Fact]
    public void Two_that_were_shown_different_states_both_find_out_and_tell_each_other_once()
    {
        Assert.Equal(["ann 5f"], Texts(Handle(Shown("5f"), new RootNeighbourUp(s_ann))));
        Assert.Equal(["TwoRoots 5 5"], Texts(Handle(Frame(s_ann, "5x"))));
        Assert.Empty(Advance(60));
        // A neighbour that told its own first hears ours, though that is no higher.
        Handle(new RootNeighbourUp(s_bob));
        Assert.Empty(Handle(Frame(s_bob, "5x")));
        Assert.Empty(Advance(60));
    }

    [Fact]
    public void What_the_server_did_not_sign_and_what_is_none_is_dropped()
    {
        Handle(new RootNeighbourUp(s_ann));
        Assert.Empty(Handle(Frame(s_ann, "7h")));           // no server was heard of yet
        Handle(Shown("1b"));
        Assert.Empty(Handle(Frame(s_ann, "7h", OtherTracker), new RootFrameReceived(s_ann, new byte[100]), new RootFrameReceived(s_ann, default), new RootFrameReceived(s_ann, new byte[100_000]),
            Frame(s_bob, "7h"))); // bob is no neighbour
        Assert.Empty(Advance(60));
    }

    [Fact]
    public void Of_a_neighbour_that_floods_few_are_looked_at()
    {
        Handle(Shown("1b"), new RootNeighbourUp(s_ann), new RootNeighbourUp(s_bob));
        _now = 10;
        for (var i = 0; i < RootOptions.Default.NeighbourBurst; i++) Handle(Frame(s_ann, "0x", OtherTracker));
        Assert.Empty(Handle(Frame(s_ann, "9j")));
        _now = 12;
        Assert.Equal(["bob 9j"], Texts(Handle(Frame(s_ann, "9j"))));
    }

    [Fact]
    public void Members_in_a_line_all_hear_of_the_highest()
    {
        const int Members = 6;
        var ids = Enumerable.Range(0, Members).Select(i => new SeededPeerKeys((ulong)(50 + i)).Id).ToArray();
        var line = ids.Select(_ => new RootGossip(Lobby, RootOptions.Default)).ToArray();
        for (var i = 0; i < Members; i++)
        {
            line[i].Handle(new RootWasShown(new ShownRoot(Of("1b"), At(0))), At(0));
            foreach (var next in new[] { i - 1, i + 1 }.Where(next => next is >= 0 and < Members)) line[i].Handle(new RootNeighbourUp(ids[next]), At(0));
        }
        line[0].Handle(new RootWasShown(new ShownRoot(Of("4e"), At(1))), At(1));
        for (var second = 2; second <= 2 + Members * 5; second++)
        {
            for (var i = 0; i < Members; i++)
            {
                if (line[i].NextDeadline <= At(second)) line[i].HandleDeadline(At(second));
                while (line[i].TryTake(out var said)) line[Array.IndexOf(ids, Assert.IsType<SendRoot>(said).To)].Handle(new RootFrameReceived(ids[i], ((SendRoot)said).Root.Record), At(second));
            }
        }
        // Whoever was shown another fourth finds out wherever it stands.
        line[^1].Handle(new RootWasShown(new ShownRoot(Of("4y"), At(60))), At(60));
        Assert.True(line[^1].TryTake(out var found));
        Assert.Equal(TrackerContradiction.TwoRoots, Assert.IsType<AnnounceContradiction>(found).How);
        // It holds to the one that it heard of first, and passes the other on as evidence.
        var told = new HashSet<int>();
        for (var second = 61; second <= 61 + Members * 5; second++)
            for (var i = 0; i < Members; i++)
            {
                if (line[i].NextDeadline <= At(second)) line[i].HandleDeadline(At(second));
                while (line[i].TryTake(out var said))
                    if (said is SendRoot send) line[Array.IndexOf(ids, send.To)].Handle(new RootFrameReceived(ids[i], send.Root.Record), At(second));
                    else Assert.True(told.Add(i)); // each is told once
            }
        Assert.Equal(Members - 1, told.Count);
        Assert.All(line, member => Assert.Null(member.NextDeadline));
    }
}
