using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Identity;
using Proto = Netflux.Wire.Proto;

namespace Netflux.Overlays;

/// <summary>What members of a network say to each other in <see cref="Wire.FrameKind.Control"/> frames.</summary>
internal abstract record MemberControl
{
    /// <summary>Records of members with which the sender is linked: all of them and its own, or only news.</summary>
    internal sealed record List(IReadOnlyList<ReadOnlyMemory<byte>> Records, bool Whole) : MemberControl;

    /// <summary>The sender's view in short.</summary>
    internal sealed record Digest(ReadOnlyMemory<byte> Hash) : MemberControl;

    /// <summary>An introduction to be passed on, or for the receiver.</summary>
    internal sealed record Introduction(PeerId From, PeerId To, ReadOnlyMemory<byte> Sealed) : MemberControl;

    /// <summary>The sender has begun the network's next epoch; with <paramref name="HasMoved"/>, nothing of its users comes in this one any more.</summary>
    internal sealed record NextEpoch(bool HasMoved) : MemberControl;

    public const int HashBytes = 32;

    public static byte[] WriteList(IEnumerable<ReadOnlyMemory<byte>> records, bool whole)
    {
        var list = new Proto.MemberList { Whole = whole };
        foreach (var record in records) list.Members.Add(UnsafeByteOperations.UnsafeWrap(record));
        return new Proto.MemberControl { List = list }.ToByteArray();
    }

    public static byte[] WriteDigest(ReadOnlyMemory<byte> hash) =>
        new Proto.MemberControl { Digest = new() { Hash = UnsafeByteOperations.UnsafeWrap(hash) } }.ToByteArray();

    public static byte[] WriteIntroduction(PeerId from, PeerId to, ReadOnlyMemory<byte> sealedBytes) =>
        new Proto.MemberControl { Introduction = new() { From = ByteString.CopyFrom(from.ToArray()), To = ByteString.CopyFrom(to.ToArray()), Sealed = UnsafeByteOperations.UnsafeWrap(sealedBytes) } }.ToByteArray();

    public static byte[] WriteNextEpoch(bool hasMoved) => new Proto.MemberControl { NextEpoch = new() { HasMoved = hasMoved } }.ToByteArray();

    /// <summary>False if the bytes are not a control of this version. Lengths and numbers of records are for the caller, whose limits they are.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out MemberControl? control)
    {
        control = null;
        Proto.MemberControl parsed;
        try
        {
            parsed = Proto.MemberControl.Parser.ParseFrom(body.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
        control = parsed.ControlCase switch
        {
            Proto.MemberControl.ControlOneofCase.List => new List([.. parsed.List.Members.Select(record => record.Memory)], parsed.List.Whole),
            Proto.MemberControl.ControlOneofCase.Digest when parsed.Digest.Hash.Length == HashBytes => new Digest(parsed.Digest.Hash.Memory),
            Proto.MemberControl.ControlOneofCase.Introduction when parsed.Introduction is { From.Length: PeerId.Length, To.Length: PeerId.Length } said =>
                new Introduction(PeerId.FromBytes(said.From.Span), PeerId.FromBytes(said.To.Span), said.Sealed.Memory),
            Proto.MemberControl.ControlOneofCase.NextEpoch => new NextEpoch(parsed.NextEpoch.HasMoved),
            _ => null,
        };
        return control is not null;
    }
}
