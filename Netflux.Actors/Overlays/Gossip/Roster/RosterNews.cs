using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Wire;
using Proto = Netflux.Wire.Proto;

namespace Netflux.Overlays.Gossip.Roster;

/// <summary>What a member broadcasts about who is a member. Its author is proven.</summary>
internal abstract record RosterNews
{
    /// <summary>The author is a member, and this is its record.</summary>
    internal sealed record Hello(ReadOnlyMemory<byte> Record) : RosterNews;

    /// <summary>The author lives, although it had nothing to say.</summary>
    /// <param name="Period">How often it says so, in whole milliseconds; zero where it was asked.</param>
    internal sealed record Alive(TimeSpan Period) : RosterNews;

    /// <summary>The author goes.</summary>
    internal sealed record Bye(PeerLeavingReason Reason) : RosterNews;

    /// <summary>The author hears nothing of its neighbour any more, whose last broadcast that it knows is <paramref name="Sequence"/>.</summary>
    internal sealed record Lost(MemberRun Member, ulong Sequence) : RosterNews;

    /// <summary>The author looks for a way to this member.</summary>
    internal sealed record Find(PeerId Member) : RosterNews;

    /// <summary>The longest: a record, and its envelope.</summary>
    public const int BytesMax = IdentityOptions.MemberBytesMax + 64;

    public byte[] ToBytes()
    {
        Proto.GossipNews news = this switch
        {
            Hello hello => new() { Hello = UnsafeByteOperations.UnsafeWrap(hello.Record) },
            Alive alive => new() { Alive = new() { PeriodMs = (uint)alive.Period.TotalMilliseconds } },
            Bye bye => new() { Bye = new() { Reason = (uint)bye.Reason } },
            Lost lost => new() { Lost = new() { Member = UnsafeByteOperations.UnsafeWrap(lost.Member.Id.ToArray()), Incarnation = lost.Member.Incarnation.Value, Sequence = lost.Sequence } },
            Find find => new() { Find = UnsafeByteOperations.UnsafeWrap(find.Member.ToArray()) },
            _ => throw new ArgumentOutOfRangeException(nameof(RosterNews), this, "News without a form on the wire."),
        };
        return news.ToByteArray();
    }

    /// <summary>False if the bytes are not news of this version, or a length or number in them is wrong.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out RosterNews? news)
    {
        news = null;
        if (!ProtobufBody.TryParse(Proto.GossipNews.Parser, bytes, BytesMax, out var said)) return false;
        news = said.NewsCase switch
        {
            Proto.GossipNews.NewsOneofCase.Hello when said.Hello.Length <= IdentityOptions.MemberBytesMax => new Hello(said.Hello.Memory),
            Proto.GossipNews.NewsOneofCase.Alive => new Alive(TimeSpan.FromMilliseconds(said.Alive.PeriodMs)),
            Proto.GossipNews.NewsOneofCase.Bye when (PeerLeavingReason)said.Bye.Reason is PeerLeavingReason.Left or PeerLeavingReason.WentOffline => new Bye((PeerLeavingReason)said.Bye.Reason),
            Proto.GossipNews.NewsOneofCase.Lost when said.Lost.Member.Length == PeerId.Length => new Lost(new MemberRun(PeerId.FromBytes(said.Lost.Member.Span), new Incarnation(said.Lost.Incarnation)), said.Lost.Sequence),
            Proto.GossipNews.NewsOneofCase.Find when said.Find.Length == PeerId.Length => new Find(PeerId.FromBytes(said.Find.Span)),
            _ => null,
        };
        return news is not null;
    }
}
