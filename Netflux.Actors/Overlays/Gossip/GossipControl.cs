using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Identity;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Overlays.Gossip.Roster;
using Netflux.Wire;
using Proto = Netflux.Wire.Proto;

namespace Netflux.Overlays.Gossip;

/// <summary>What neighbours of a gossip network say to each other in <see cref="FrameKind.Control"/> frames; broadcasts themselves travel behind a <see cref="GossipHeader"/>.</summary>
internal abstract record GossipControl
{
    internal sealed record Views(HyParViewMessage Message) : GossipControl;

    internal sealed record Tree(PlumtreeMessage Message) : GossipControl;

    internal sealed record Roster(RosterMessage Message) : GossipControl;

    /// <summary>An introduction for a member that may be far away.</summary>
    internal sealed record Routed(PeerId From, PeerId To, int Ttl, ReadOnlyMemory<byte> Introduction) : GossipControl;

    /// <summary>The longest control: a SHUFFLE of 32 records of 6 KiB.</summary>
    public const int BytesMax = 256 * 1024;

    /// <summary>Ids in a path: twice the longest walk.</summary>
    public const int PathMax = 12;

    private static readonly HyParViewOptions s_views = new();
    private static readonly PlumtreeOptions s_tree = new();

    // ---- Writing ----

    public static byte[] Write(HyParViewMessage message)
    {
        Proto.GossipControl control = message switch
        {
            HyParViewMessage.Join join => new() { Join = ToProto(join.Sender) },
            HyParViewMessage.ForwardJoin forward => new() { ForwardJoin = new() { Joiner = ToProto(forward.Joiner), Ttl = (uint)forward.Ttl } },
            HyParViewMessage.Neighbor neighbor => new() { Neighbor = new() { Sender = ToProto(neighbor.Sender), HighPriority = neighbor.HighPriority } },
            HyParViewMessage.Accepted accepted => new() { Accepted = ToProto(accepted.Sender) },
            HyParViewMessage.Declined => new() { Declined = new() },
            HyParViewMessage.Disconnect disconnect => new() { Disconnect = new() { Leaves = disconnect.Leaves } },
            HyParViewMessage.Shuffle shuffle => new() { Shuffle = ToProto(shuffle.Number, shuffle.Ttl, shuffle.Path, shuffle.Contacts) },
            HyParViewMessage.ShuffleReply reply => new() { ShuffleReply = ToProto(reply.Number, 0, reply.Path, reply.Contacts) },
            _ => throw new ArgumentOutOfRangeException(nameof(message), message, "A message of HyParView without a form on the wire."),
        };
        return control.ToByteArray();
    }

    public static byte[] Write(PlumtreeMessage message)
    {
        Proto.GossipControl control = message switch
        {
            PlumtreeMessage.IHave have => new() { IHave = ToProto(have.Announcements, rounds: true) },
            PlumtreeMessage.Graft graft => new() { Graft = ToProto([.. graft.Wanted.Select(id => new Announcement(id, 0))], rounds: false) },
            PlumtreeMessage.Prune => new() { Prune = new() },
            PlumtreeMessage.Summary summary => new() { Summary = ToProto(summary) },
            _ => throw new ArgumentOutOfRangeException(nameof(message), message, "Broadcasts have a header of their own."),
        };
        return control.ToByteArray();
    }

    public static byte[] Write(RosterMessage message)
    {
        Proto.GossipControl control = message switch
        {
            RosterMessage.Digest digest => new() { RosterDigest = new() { Hash = UnsafeByteOperations.UnsafeWrap(digest.Hash) } },
            RosterMessage.Known known => new() { Known = new() { Members = UnsafeByteOperations.UnsafeWrap(WriteRuns(known.Members)) } },
            RosterMessage.Wanted wanted => new() { Wanted = new() { Members = UnsafeByteOperations.UnsafeWrap(WriteIds(wanted.Members)) } },
            RosterMessage.Records records => new() { Records = new() { Records = { records.Bytes.Select(record => UnsafeByteOperations.UnsafeWrap(record)) } } },
            _ => throw new ArgumentOutOfRangeException(nameof(message), message, "A message of the roster without a form on the wire."),
        };
        return control.ToByteArray();
    }

    public static byte[] Write(Routed routed) => new Proto.GossipControl
    {
        Routed = new() { From = Bytes(routed.From), To = Bytes(routed.To), Ttl = (uint)routed.Ttl, Introduction = UnsafeByteOperations.UnsafeWrap(routed.Introduction) },
    }.ToByteArray();

    private static byte[] WriteIds(IReadOnlyList<PeerId> members)
    {
        var bytes = new byte[members.Count * PeerId.Length];
        for (var i = 0; i < members.Count; i++) members[i].Write(bytes.AsSpan(i * PeerId.Length));
        return bytes;
    }

    private static byte[] WriteRuns(IReadOnlyList<MemberRun> members)
    {
        var bytes = new byte[members.Count * MemberRun.Bytes];
        for (var i = 0; i < members.Count; i++)
        {
            members[i].Id.Write(bytes.AsSpan(i * MemberRun.Bytes));
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * MemberRun.Bytes + PeerId.Length), members[i].Incarnation.Value);
        }
        return bytes;
    }

    private static ByteString Bytes(PeerId id) => UnsafeByteOperations.UnsafeWrap(id.ToArray());

    private static Proto.GossipContact ToProto(Contact contact) => new() { Id = Bytes(contact.Id), Rank = contact.Rank, Record = UnsafeByteOperations.UnsafeWrap(contact.Record) };

    private static Proto.GossipShuffle ToProto(uint number, int ttl, IReadOnlyList<PeerId> path, IReadOnlyList<Contact> contacts) =>
        new() { Number = number, Ttl = (uint)ttl, Path = UnsafeByteOperations.UnsafeWrap(WriteIds(path)), Contacts = { contacts.Select(ToProto) } };

    private static Proto.GossipMessages ToProto(IReadOnlyList<Announcement> announcements, bool rounds)
    {
        var messages = new Proto.GossipMessages();
        foreach (var ofRun in announcements.GroupBy(announcement => (announcement.Id.Author, announcement.Id.Incarnation)))
        {
            var run = new Proto.GossipRun { Author = Bytes(ofRun.Key.Author), Incarnation = ofRun.Key.Incarnation.Value, Sequences = { ofRun.Select(announcement => announcement.Id.Sequence) } };
            if (rounds) run.Rounds.AddRange(ofRun.Select(announcement => (uint)announcement.Round));
            messages.Runs.Add(run);
        }
        return messages;
    }

    private static Proto.GossipSummary ToProto(PlumtreeMessage.Summary summary) => new()
    {
        AnswerWanted = summary.AnswerWanted,
        Authors = { summary.Authors.Select(author => new Proto.GossipAuthor { Author = Bytes(author.Author), Incarnation = author.Incarnation.Value, First = author.First, Last = author.Last }) },
    };

    // ---- Reading ----

    /// <summary>False if the bytes are not a control of this version, or something in them is longer or more than is allowed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, [NotNullWhen(true)] out GossipControl? control)
    {
        control = null;
        if (!ProtobufBody.TryParse(Proto.GossipControl.Parser, body, BytesMax, out var said)) return false;
        if (ReadViews(said) is { } views) control = new Views(views);
        else if (ReadTree(said) is { } tree) control = new Tree(tree);
        else if (ReadRoster(said) is { } roster) control = new Roster(roster);
        else if (said.ControlCase == Proto.GossipControl.ControlOneofCase.Routed) control = Read(said.Routed);
        return control is not null;
    }

    private static HyParViewMessage? ReadViews(Proto.GossipControl said) => said.ControlCase switch
    {
        Proto.GossipControl.ControlOneofCase.Join => Read(said.Join) is { } sender ? new HyParViewMessage.Join(sender) : null,
        Proto.GossipControl.ControlOneofCase.ForwardJoin => said.ForwardJoin.Ttl <= byte.MaxValue && Read(said.ForwardJoin.Joiner) is { } joiner ? new HyParViewMessage.ForwardJoin(joiner, (int)said.ForwardJoin.Ttl) : null,
        Proto.GossipControl.ControlOneofCase.Neighbor => Read(said.Neighbor.Sender) is { } sender ? new HyParViewMessage.Neighbor(sender, said.Neighbor.HighPriority) : null,
        Proto.GossipControl.ControlOneofCase.Accepted => Read(said.Accepted) is { } sender ? new HyParViewMessage.Accepted(sender) : null,
        Proto.GossipControl.ControlOneofCase.Declined => new HyParViewMessage.Declined(),
        Proto.GossipControl.ControlOneofCase.Disconnect => new HyParViewMessage.Disconnect(said.Disconnect.Leaves),
        Proto.GossipControl.ControlOneofCase.Shuffle => ReadPath(said.Shuffle) is { } path && ReadContacts(said.Shuffle) is { } contacts && said.Shuffle.Ttl <= byte.MaxValue ? new HyParViewMessage.Shuffle(said.Shuffle.Number, (int)said.Shuffle.Ttl, path, contacts) : null,
        Proto.GossipControl.ControlOneofCase.ShuffleReply => ReadPath(said.ShuffleReply) is { } path && ReadContacts(said.ShuffleReply) is { } contacts ? new HyParViewMessage.ShuffleReply(said.ShuffleReply.Number, path, contacts) : null,
        _ => null,
    };

    private static PlumtreeMessage? ReadTree(Proto.GossipControl said) => said.ControlCase switch
    {
        Proto.GossipControl.ControlOneofCase.IHave => Read(said.IHave, rounds: true) is { } announcements ? new PlumtreeMessage.IHave(announcements) : null,
        Proto.GossipControl.ControlOneofCase.Graft => Read(said.Graft, rounds: false) is { } wanted ? new PlumtreeMessage.Graft([.. wanted.Select(announcement => announcement.Id)]) : null,
        Proto.GossipControl.ControlOneofCase.Prune => new PlumtreeMessage.Prune(),
        Proto.GossipControl.ControlOneofCase.Summary => Read(said.Summary),
        _ => null,
    };

    private static RosterMessage? ReadRoster(Proto.GossipControl said) => said.ControlCase switch
    {
        Proto.GossipControl.ControlOneofCase.RosterDigest when said.RosterDigest.Hash.Length == RosterMessage.HashBytes => new RosterMessage.Digest(said.RosterDigest.Hash.Memory),
        Proto.GossipControl.ControlOneofCase.Known => ReadRuns(said.Known.Members.Span) is { } members ? new RosterMessage.Known(members) : null,
        Proto.GossipControl.ControlOneofCase.Wanted => ReadIds(said.Wanted.Members.Span, RosterMessage.WantedMax) is { } wanted ? new RosterMessage.Wanted(wanted) : null,
        Proto.GossipControl.ControlOneofCase.Records when said.Records.Records.Count <= RosterMessage.WantedMax && said.Records.Records.All(record => record.Length <= IdentityOptions.MemberBytesMax) =>
            new RosterMessage.Records([.. said.Records.Records.Select(record => record.Memory)]),
        _ => null,
    };

    private static Routed? Read(Proto.GossipRouted said) =>
        said is { From.Length: PeerId.Length, To.Length: PeerId.Length, Ttl: <= byte.MaxValue } && said.Introduction.Length <= IdentityOptions.IntroductionBytesMax
            ? new Routed(PeerId.FromBytes(said.From.Span), PeerId.FromBytes(said.To.Span), (int)said.Ttl, said.Introduction.Memory)
            : null;

    private static PeerId[]? ReadIds(ReadOnlySpan<byte> bytes, int max)
    {
        if (bytes.Length % PeerId.Length != 0 || bytes.Length > max * PeerId.Length) return null;
        var ids = new PeerId[bytes.Length / PeerId.Length];
        for (var i = 0; i < ids.Length; i++) ids[i] = PeerId.FromBytes(bytes.Slice(i * PeerId.Length, PeerId.Length));
        return ids;
    }

    private static MemberRun[]? ReadRuns(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % MemberRun.Bytes != 0 || bytes.Length > RosterMessage.KnownMax * MemberRun.Bytes) return null;
        var runs = new MemberRun[bytes.Length / MemberRun.Bytes];
        for (var i = 0; i < runs.Length; i++)
        {
            var run = bytes.Slice(i * MemberRun.Bytes, MemberRun.Bytes);
            runs[i] = new MemberRun(PeerId.FromBytes(run[..PeerId.Length]), new Incarnation(BinaryPrimitives.ReadUInt64BigEndian(run[PeerId.Length..])));
        }
        return runs;
    }

    private static Contact? Read(Proto.GossipContact? contact) =>
        contact is { Id.Length: PeerId.Length } && contact.Record.Length <= IdentityOptions.MemberBytesMax ? new Contact(PeerId.FromBytes(contact.Id.Span), contact.Rank, contact.Record.Memory) : null;

    private static PeerId[]? ReadPath(Proto.GossipShuffle shuffle) => ReadIds(shuffle.Path.Span, PathMax);

    private static Contact[]? ReadContacts(Proto.GossipShuffle shuffle)
    {
        if (shuffle.Contacts.Count > s_views.ContactsMax) return null;
        Contact[] contacts = [.. shuffle.Contacts.Select(Read).OfType<Contact>()];
        return contacts.Length == shuffle.Contacts.Count ? contacts : null;
    }

    private static List<Announcement>? Read(Proto.GossipMessages messages, bool rounds)
    {
        List<Announcement> announcements = [];
        foreach (var run in messages.Runs)
        {
            if (run.Author.Length != PeerId.Length || run.Rounds.Count != (rounds ? run.Sequences.Count : 0) || announcements.Count + run.Sequences.Count > s_tree.AnnouncementsMax) return null;
            var author = PeerId.FromBytes(run.Author.Span);
            for (var i = 0; i < run.Sequences.Count; i++)
            {
                var id = new MessageId(author, new Incarnation(run.Incarnation), run.Sequences[i]);
                if (!id.IsValid || (rounds && run.Rounds[i] > ushort.MaxValue)) return null;
                announcements.Add(new Announcement(id, rounds ? (int)run.Rounds[i] : 0));
            }
        }
        return announcements;
    }

    private static PlumtreeMessage.Summary? Read(Proto.GossipSummary summary)
    {
        if (summary.Authors.Count > s_tree.SummaryAuthorsMax) return null;
        List<AuthorSummary> authors = [];
        foreach (var author in summary.Authors)
        {
            if (author.Author.Length != PeerId.Length || author.First is 0 || author.Last > MessageId.SequenceMax) return null;
            authors.Add(new AuthorSummary(PeerId.FromBytes(author.Author.Span), new Incarnation(author.Incarnation), author.First, author.Last));
        }
        return new PlumtreeMessage.Summary(authors, summary.AnswerWanted);
    }
}
