using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Identity;
using Netflux.Wire.Proto;

namespace Netflux.Overlays.Star;

/// <summary>
/// What a hub says of its reign, signed: its epoch, how many members it has, and who follows where it is lost. A parsed one is verified, and so is the hub's record in it.
/// Not done: a proof that the epoch before has ended. Whoever is admitted can be a hub, so it can claim to be one; who must not has <c>hub</c> fixed in the topology.
/// </summary>
internal sealed class Succession
{
    public const string Purpose = "netflux succession v1";

    /// <summary>See <see cref="StarOptions.SuccessorsMax"/>.</summary>
    public const int SuccessorsMax = 16;

    /// <summary>Numbers that JavaScript can hold. Guess: a new epoch each second reaches it in 285 million years.</summary>
    public const ulong EpochMax = 1UL << 53;

    /// <summary>The hub's record, 16 successors of 20 bytes, and 512 for ids, numbers and the envelope.</summary>
    public const int BytesMax = IdentityOptions.MemberBytesMax + SuccessorsMax * PeerId.Length + 512;

    /// <summary>More than a star may have, twice: two halves that grew apart.</summary>
    private const uint MembersMax = 1_000;

    private Succession(ReadOnlyMemory<byte> record, MemberRecord hub, ulong epoch, ulong number, int members, IReadOnlyList<PeerId> successors) =>
        (Record, Hub, Epoch, Number, Members, Successors) = (record, hub, epoch, number, members, successors);

    public ReadOnlyMemory<byte> Record { get; }
    public MemberRecord Hub { get; }
    public ulong Epoch { get; }
    public ulong Number { get; }
    public int Members { get; }
    public IReadOnlyList<PeerId> Successors { get; }

    public static Succession Create(IPeerKeys keys, Genesis genesis, MemberRecord hub, ulong epoch, ulong number, int members, IReadOnlyList<PeerId> successors)
    {
        var ids = new byte[successors.Count * PeerId.Length];
        for (var i = 0; i < successors.Count; i++) successors[i].Write(ids.AsSpan(i * PeerId.Length));
        var body = new SuccessionBody
        {
            Network = ByteString.CopyFrom(genesis.Network.ToArray()), Hub = ByteString.CopyFrom(hub.Record.Span), Epoch = epoch, Number = number, Members = (uint)members,
            Successors = UnsafeByteOperations.UnsafeWrap(ids),
        };
        return new(SignedRecords.Create(keys, Purpose, body), hub, epoch, number, members, [.. successors]);
    }

    /// <summary>False if malformed, of another network, or not signed by its hub, whose admission has to hold now.</summary>
    /// <param name="verified">Finds a member's record that was verified before, by its bytes: mostly the hub's is one.</param>
    public static bool TryParse(ReadOnlyMemory<byte> record, Genesis genesis, DateTimeOffset now, Func<ReadOnlyMemory<byte>, MemberRecord?> verified, [NotNullWhen(true)] out Succession? succession)
    {
        succession = null;
        if (!SignedRecords.TryVerify(record.Span, Purpose, BytesMax, out var envelope, out _) || !SignedRecords.TryParseBody(SuccessionBody.Parser, envelope.Body, out var body)) return false;
        if (body.Network.Length != NetworkId.Length || NetworkId.FromBytes(body.Network.Span) != genesis.Network) return false;
        if (body.Epoch is 0 or > EpochMax || body.Number is 0 || body.Members > MembersMax) return false;
        if (body.Successors.Length % PeerId.Length != 0 || body.Successors.Length > SuccessorsMax * PeerId.Length) return false;
        var hub = verified(body.Hub.Memory);
        if (hub is null && !MemberRecord.TryParse(body.Hub.Memory, genesis, now, out hub, out _)) return false;
        if (hub.Id != envelope.Signer) return false;
        if (genesis.Topology.Hub is { } only && hub.Id != only) return false;
        var successors = new PeerId[body.Successors.Length / PeerId.Length];
        for (var i = 0; i < successors.Length; i++) successors[i] = PeerId.FromBytes(body.Successors.Span.Slice(i * PeerId.Length, PeerId.Length));
        succession = new(record.ToArray(), hub, body.Epoch, body.Number, (int)body.Members, successors);
        return true;
    }

    public bool IsSameReignAs(Succession other) => (Hub.Id, Hub.Incarnation, Epoch) == (other.Hub.Id, other.Hub.Incarnation, other.Epoch);

    /// <summary>
    /// Which of two hubs goes on where they meet (DESIGN §6): the higher epoch, then the one with more members, then the smaller id; a hub without members gives way to one that has some.
    /// A newer run of the same hub ends the older.
    /// </summary>
    public bool IsBetterThan(Succession other)
    {
        if (Hub.Id == other.Hub.Id) return (Hub.Incarnation, Epoch, Number).CompareTo((other.Hub.Incarnation, other.Epoch, other.Number)) > 0;
        if (Members == 0 != (other.Members == 0)) return Members > 0;
        var order = (Epoch, Members).CompareTo((other.Epoch, other.Members));
        return order != 0 ? order > 0 : Hub.Id < other.Hub.Id;
    }
}
