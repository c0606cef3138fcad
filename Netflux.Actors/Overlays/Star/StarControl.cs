using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Google.Protobuf;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Wire;
using Proto = Netflux.Wire.Proto;

namespace Netflux.Overlays.Star;

/// <summary>What neighbours of a star say to each other in <see cref="FrameKind.Control"/> frames.</summary>
internal abstract record StarControl
{
    /// <summary>The <see cref="Succession"/> that the sender follows, or its own.</summary>
    internal sealed record Reign(ReadOnlyMemory<byte> Record) : StarControl;

    /// <summary>The sender has no hub; <paramref name="Epoch"/> is that of the one it lost, 0 where it had none. A record of a newer run of that hub proves that it restarted.</summary>
    internal sealed record Orphan(ulong Epoch, ReadOnlyMemory<byte> Proof) : StarControl;

    /// <summary>The sender takes the receiver for its hub. It has the records with these hashes.</summary>
    internal sealed record Attach(IReadOnlyList<ulong> Known, bool WasMember) : StarControl;

    /// <summary>Members: all, between one that begins and one that ends, or news.</summary>
    internal sealed record Members(IReadOnlyList<ReadOnlyMemory<byte>> Records, IReadOnlyList<ulong> Known, bool Begins, bool Ends) : StarControl;

    internal sealed record Gone(PeerId Member, PeerLeavingReason Reason) : StarControl;

    internal sealed record Silent(PeerId Member, bool Heard) : StarControl;

    internal sealed record Refusal(NetfluxError Why) : StarControl;

    internal sealed record Introduction(PeerId From, PeerId To, ReadOnlyMemory<byte> Sealed) : StarControl;

    /// <summary>The longest control: 64 KiB of records and one more, and 800 hashes.</summary>
    public const int BytesMax = 96 * 1024;

    /// <summary>Records and hashes in one control: twice the places of the largest star, for two halves that grew apart, and as many that left.</summary>
    public const int EntriesMax = 800;

    public static ulong HashOf(MemberRecord member) => HashOf(member.Record.Span);

    /// <summary>64 bits of SHA-256: whoever finds two records with the same has only made two of its own.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> record)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(record, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    public byte[] ToBytes()
    {
        Proto.StarControl control = this switch
        {
            Reign reign => new() { Reign = UnsafeByteOperations.UnsafeWrap(reign.Record) },
            Orphan orphan => new() { Orphan = new() { Epoch = orphan.Epoch, Proof = UnsafeByteOperations.UnsafeWrap(orphan.Proof) } },
            Attach attach => new() { Attach = new() { Known = { attach.Known }, WasMember = attach.WasMember } },
            Members members => new() { Members = new() { Records = { members.Records.Select(UnsafeByteOperations.UnsafeWrap) }, Known = { members.Known }, Begins = members.Begins, Ends = members.Ends } },
            Gone gone => new() { Gone = new() { Member = Bytes(gone.Member), Reason = (uint)gone.Reason } },
            Silent silent => new() { Silent = new() { Member = Bytes(silent.Member), Heard = silent.Heard } },
            Refusal refusal => new() { Refusal = new() { Code = (uint)refusal.Why } },
            Introduction said => new() { Introduction = new() { From = Bytes(said.From), To = Bytes(said.To), Sealed = UnsafeByteOperations.UnsafeWrap(said.Sealed) } },
            _ => throw new InvalidOperationException("A control of the star without a form on the wire."),
        };
        return control.ToByteArray();
    }

    private static ByteString Bytes(PeerId id) => UnsafeByteOperations.UnsafeWrap(id.ToArray());

    /// <summary>False if the bytes are not a control of this version, or something in them is longer or more than is allowed.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out StarControl? control)
    {
        control = null;
        if (!ProtobufBody.TryParse(Proto.StarControl.Parser, body.Span, BytesMax, out var said)) return false;
        control = said.ControlCase switch
        {
            Proto.StarControl.ControlOneofCase.Reign when said.Reign.Length <= Succession.BytesMax => new Reign(said.Reign.Memory),
            Proto.StarControl.ControlOneofCase.Orphan when said.Orphan.Epoch <= Succession.EpochMax && said.Orphan.Proof.Length <= IdentityOptions.MemberBytesMax => new Orphan(said.Orphan.Epoch, said.Orphan.Proof.Memory),
            Proto.StarControl.ControlOneofCase.Attach when said.Attach.Known.Count <= EntriesMax => new Attach([.. said.Attach.Known], said.Attach.WasMember),
            Proto.StarControl.ControlOneofCase.Members => Read(said.Members),
            Proto.StarControl.ControlOneofCase.Gone when said.Gone.Member.Length == PeerId.Length => new Gone(PeerId.FromBytes(said.Gone.Member.Span), ReadReason(said.Gone.Reason)),
            Proto.StarControl.ControlOneofCase.Silent when said.Silent.Member.Length == PeerId.Length => new Silent(PeerId.FromBytes(said.Silent.Member.Span), said.Silent.Heard),
            Proto.StarControl.ControlOneofCase.Refusal => new Refusal(ReadError(said.Refusal.Code)),
            Proto.StarControl.ControlOneofCase.Introduction when said.Introduction is { From.Length: PeerId.Length, To.Length: PeerId.Length } introduction =>
                new Introduction(PeerId.FromBytes(introduction.From.Span), PeerId.FromBytes(introduction.To.Span), introduction.Sealed.Memory),
            _ => null,
        };
        return control is not null;
    }

    private static Members? Read(Proto.StarMembers members) =>
        members.Records.Count + members.Known.Count > EntriesMax || members.Records.Any(record => record.Length > IdentityOptions.MemberBytesMax) ? null
        : new([.. members.Records.Select(record => record.Memory)], [.. members.Known], members.Begins, members.Ends);

    // A code of a later version is still a leave, or a refusal.
    private static PeerLeavingReason ReadReason(uint code) => Enum.IsDefined((PeerLeavingReason)code) ? (PeerLeavingReason)code : PeerLeavingReason.Left;

    private static NetfluxError ReadError(uint code) => Enum.IsDefined((NetfluxError)code) ? (NetfluxError)code : NetfluxError.NotAdmitted;
}
