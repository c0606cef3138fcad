using CsCheck;
using Netflux.Identity;
using Netflux.Overlays.Gossip;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Overlays.Gossip.Roster;
using Netflux.Wire;

namespace Netflux.Tests.Overlays.Gossip;

public sealed class GossipControlTests
{
    private static readonly Gen<PeerId> s_ids = Gen.Byte.Array[PeerId.Length].Select(bytes => PeerId.FromBytes(bytes));
    private static readonly Gen<Contact> s_contacts = Gen.Select(s_ids, Gen.ULong, Gen.Byte.Array[0, 60], (id, rank, record) => new Contact(id, rank, record));
    private static readonly Gen<MessageId> s_messages = Gen.Select(Gen.Int[0, 3], Gen.ULong[0, 2], Gen.ULong[1, MessageId.SequenceMax], (author, run, sequence) => new MessageId(PeerId.FromBytes([.. Enumerable.Repeat((byte)author, 20)]), new Incarnation(run), sequence));

    private static readonly Gen<HyParViewMessage> s_views = Gen.OneOf<HyParViewMessage>(
        s_contacts.Select(contact => (HyParViewMessage)new HyParViewMessage.Join(contact)),
        Gen.Select(s_contacts, Gen.Int[0, 255], (contact, ttl) => (HyParViewMessage)new HyParViewMessage.ForwardJoin(contact, ttl)),
        Gen.Select(s_contacts, Gen.Bool, (contact, high) => (HyParViewMessage)new HyParViewMessage.Neighbor(contact, high)),
        s_contacts.Select(contact => (HyParViewMessage)new HyParViewMessage.Accepted(contact)),
        Gen.Const((HyParViewMessage)new HyParViewMessage.Declined()),
        Gen.Bool.Select(leaves => (HyParViewMessage)new HyParViewMessage.Disconnect(leaves)),
        Gen.Select(Gen.UInt, Gen.Int[0, 255], s_ids.Array[0, 6], s_contacts.Array[0, 32], (number, ttl, path, contacts) => (HyParViewMessage)new HyParViewMessage.Shuffle(number, ttl, path, contacts)),
        Gen.Select(Gen.UInt, s_ids.Array[0, 6], s_contacts.Array[0, 32], (number, path, contacts) => (HyParViewMessage)new HyParViewMessage.ShuffleReply(number, path, contacts)));

    private static readonly Gen<PlumtreeMessage> s_tree = Gen.OneOf<PlumtreeMessage>(
        Gen.Select(s_messages, Gen.Int[0, 65535], (id, round) => new Announcement(id, round)).Array[0, 40].Select(some => (PlumtreeMessage)new PlumtreeMessage.IHave(some)),
        s_messages.Array[0, 40].Select(some => (PlumtreeMessage)new PlumtreeMessage.Graft(some)),
        Gen.Const((PlumtreeMessage)new PlumtreeMessage.Prune()),
        Gen.Select(Gen.Select(s_messages, Gen.ULong[0, MessageId.SequenceMax], (id, last) => new AuthorSummary(id.Author, id.Incarnation, id.Sequence, last)).Array[0, 30], Gen.Bool, (some, wanted) => (PlumtreeMessage)new PlumtreeMessage.Summary(some, wanted)));

    private static readonly Gen<RosterMessage> s_roster = Gen.OneOf<RosterMessage>(
        Gen.Byte.Array[RosterMessage.HashBytes].Select(hash => (RosterMessage)new RosterMessage.Digest(hash)),
        Gen.Select(s_ids, Gen.ULong, (id, incarnation) => new MemberRun(id, new Incarnation(incarnation))).Array[0, 60].Select(members => (RosterMessage)new RosterMessage.Known(members)),
        s_ids.Array[0, RosterMessage.WantedMax].Select(members => (RosterMessage)new RosterMessage.Wanted(members)),
        Gen.Byte.Array[0, 60].Select(record => (ReadOnlyMemory<byte>)record).Array[0, RosterMessage.WantedMax].Select(records => (RosterMessage)new RosterMessage.Records(records)));

    private static readonly Gen<GossipControl.Routed> s_routed = Gen.Select(s_ids, s_ids, Gen.Int[0, 255], Gen.Byte.Array[0, 60], (from, to, ttl, introduction) => new GossipControl.Routed(from, to, ttl, introduction));

    private static string? Seed => Environment.GetEnvironmentVariable("SEED");

    [Fact]
    public void Every_message_comes_back()
    {
        s_views.Sample(message => Assert.Equal(Describe(message), Describe(Assert.IsType<GossipControl.Views>(Read(GossipControl.Write(message))).Message)), iter: 500, seed: Seed);
        s_tree.Sample(message => Assert.Equal(Describe(message), Describe(Assert.IsType<GossipControl.Tree>(Read(GossipControl.Write(message))).Message)), iter: 500, seed: Seed);
        s_roster.Sample(message => Assert.Equal(Describe(message), Describe(Assert.IsType<GossipControl.Roster>(Read(GossipControl.Write(message))).Message)), iter: 300, seed: Seed);
        s_routed.Sample(routed => Assert.Equal(Describe(routed), Describe(Assert.IsType<GossipControl.Routed>(Read(GossipControl.Write(routed))))), iter: 100, seed: Seed);
    }

    [Fact]
    public void A_header_comes_back() => Gen.Select(s_messages, Gen.UShort, (id, round) => new GossipHeader(id.Author, id.Incarnation, id.Sequence, 1 + id.Sequence / 2, round)).Where(header => header.Floor <= header.Sequence).Sample(header =>
    {
        Assert.True(GossipHeader.TryParse((byte[])[.. header.ToArray(), 1, 2], out var read));
        Assert.Equal(header, read);
        for (var length = 0; length < GossipHeader.Size; length++) Assert.False(GossipHeader.TryParse(header.ToArray().AsSpan(0, length), out _));
    }, iter: 200, seed: Seed);

    [Theory, InlineData(0UL, 1UL), InlineData(GossipHeader.SequenceMax + 1, 1UL), InlineData(5UL, 6UL), InlineData(5UL, 0UL)]
    public void A_header_whose_numbers_cannot_be_is_refused(ulong sequence, ulong floor) =>
        Assert.False(GossipHeader.TryParse(new GossipHeader(PeerId.FromBytes(new byte[20]), new Incarnation(1), sequence, floor, 0).ToArray(), out _));

    [Fact]
    public void What_is_too_much_is_refused()
    {
        var id = PeerId.FromBytes(new byte[20]);
        var contact = new Contact(id, 1, new byte[3]);
        var message = new MessageId(id, new Incarnation(1), 1);
        Assert.Null(Read(GossipControl.Write(new HyParViewMessage.Shuffle(1, 1, [], [.. Enumerable.Repeat(contact, 33)]))));
        Assert.Null(Read(GossipControl.Write(new HyParViewMessage.Shuffle(1, 1, [.. Enumerable.Repeat(id, 13)], []))));
        Assert.Null(Read(GossipControl.Write(new HyParViewMessage.ForwardJoin(contact, 256))));
        Assert.Null(Read(GossipControl.Write(new HyParViewMessage.Join(contact with { Record = new byte[IdentityOptions.MemberBytesMax + 1] }))));
        Assert.Null(Read(GossipControl.Write(new PlumtreeMessage.Graft([.. Enumerable.Repeat(message, 1_025)]))));
        Assert.Null(Read(GossipControl.Write(new PlumtreeMessage.Graft([message with { Sequence = 0 }]))));
        Assert.Null(Read(GossipControl.Write(new RosterMessage.Known([.. Enumerable.Repeat(new MemberRun(id, new Incarnation(1)), RosterMessage.KnownMax + 1)]))));
        Assert.Null(Read(GossipControl.Write(new RosterMessage.Wanted([.. Enumerable.Repeat(id, RosterMessage.WantedMax + 1)]))));
        Assert.Null(Read(GossipControl.Write(new RosterMessage.Records([new byte[IdentityOptions.MemberBytesMax + 1]]))));
        Assert.Null(Read(GossipControl.Write(new GossipControl.Routed(id, id, 256, new byte[1]))));
        Assert.Null(Read(GossipControl.Write(new GossipControl.Routed(id, id, 1, new byte[IdentityOptions.IntroductionBytesMax + 1]))));
        Assert.Null(Read(GossipControl.Write(new PlumtreeMessage.Summary([.. Enumerable.Repeat(new AuthorSummary(id, new Incarnation(1), 1, 1), 257)], true))));
    }

    [Fact]
    public void No_bytes_throw()
    {
        Gen.OneOf(s_views.Select(GossipControl.Write), s_tree.Select(GossipControl.Write), s_roster.Select(GossipControl.Write), s_routed.Select(GossipControl.Write)).Sample(bytes =>
        {
            for (var length = 0; length < bytes.Length; length++) Read(bytes[..length]);
            for (var at = 0; at < bytes.Length; at++)
            {
                var bad = (byte[])bytes.Clone();
                bad[at] ^= (byte)(1 << at % 8);
                Read(bad);
            }
        }, iter: 60, seed: Seed);
        Gen.Byte.Array[0, 200].Sample(bytes => { Read(bytes); }, iter: 2_000, seed: Seed);
    }

    private static GossipControl? Read(byte[] bytes)
    {
        Assert.Equal(GossipControl.TryParse(bytes, out var control), control is not null);
        return control;
    }

    /// <summary>Lists of messages come back grouped by run, each run in its order.</summary>
    private static string Describe(object message) => message switch
    {
        HyParViewMessage.Shuffle shuffle => $"{shuffle.Number} {shuffle.Ttl} {string.Join(' ', shuffle.Path)} {string.Join(' ', shuffle.Contacts.Select(Describe))}",
        HyParViewMessage.ShuffleReply reply => $"{reply.Number} {string.Join(' ', reply.Path)} {string.Join(' ', reply.Contacts.Select(Describe))}",
        HyParViewMessage.Join join => $"join {Describe(join.Sender)}",
        HyParViewMessage.Accepted accepted => $"accepted {Describe(accepted.Sender)}",
        HyParViewMessage.Neighbor neighbor => $"{neighbor.HighPriority} {Describe(neighbor.Sender)}",
        HyParViewMessage.ForwardJoin forward => $"{forward.Ttl} {Describe(forward.Joiner)}",
        PlumtreeMessage.IHave have => string.Join(' ', have.Announcements.GroupBy(one => (one.Id.Author, one.Id.Incarnation)).SelectMany(run => run)),
        PlumtreeMessage.Graft graft => string.Join(' ', graft.Wanted.GroupBy(id => (id.Author, id.Incarnation)).SelectMany(run => run)),
        PlumtreeMessage.Summary summary => $"{summary.AnswerWanted} {string.Join(' ', summary.Authors)}",
        RosterMessage.Digest digest => Convert.ToHexString(digest.Hash.Span),
        RosterMessage.Known known => $"known {string.Join(' ', known.Members)}",
        RosterMessage.Wanted wanted => $"wanted {string.Join(' ', wanted.Members)}",
        RosterMessage.Records records => $"records {string.Join(' ', records.Bytes.Select(record => Convert.ToHexString(record.Span)))}",
        GossipControl.Routed routed => $"{routed.From} {routed.To} {routed.Ttl} {Convert.ToHexString(routed.Introduction.Span)}",
        _ => $"{message}",
    };

    private static string Describe(Contact contact) => $"{contact.Id}/{contact.Rank}/{Convert.ToHexString(contact.Record.Span)}";
}
