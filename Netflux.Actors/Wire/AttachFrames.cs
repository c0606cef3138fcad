using Google.Protobuf;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Wire;

/// <summary>One side lets a network flow over the session, under its own channel number.</summary>
internal sealed record AttachFrame(ushort Channel, NetworkId Network, uint Epoch, ReadOnlyMemory<byte> Member, long WindowCost)
{
    /// <summary>A member's record holds at most eight addresses and an admission with its chain of issuers. Guess: ten times an ordinary one.</summary>
    public const int MemberBytesMax = 32 << 10;
    private const int BytesMax = MemberBytesMax + 64;

    public byte[] ToBytes() => new Proto.Attach
    {
        Channel = Channel,
        Network = UnsafeByteOperations.UnsafeWrap(Network.ToArray()),
        Epoch = Epoch,
        Member = UnsafeByteOperations.UnsafeWrap(Member),
        WindowBytes = (ulong)WindowCost,
    }.ToByteArray();

    public static bool TryParse(ReadOnlySpan<byte> body, out AttachFrame? frame)
    {
        frame = null;
        if (!ProtobufBody.TryParse(Proto.Attach.Parser, body, BytesMax, out var attach)) return false;
        if (attach.Channel is 0 or > ushort.MaxValue || attach.Network.Length != NetworkId.Length) return false;
        if (attach.Member.Length > MemberBytesMax || attach.WindowBytes is 0 or > long.MaxValue / 2) return false;
        frame = new((ushort)attach.Channel, NetworkId.FromBytes(attach.Network.Span), attach.Epoch, attach.Member.Memory, (long)attach.WindowBytes);
        return true;
    }
}

/// <summary>The answer to an Attach that is not accepted.</summary>
internal readonly record struct AttachRefusedFrame(NetworkId Network, NetfluxError Why)
{
    public byte[] ToBytes() => new Proto.AttachRefused { Network = UnsafeByteOperations.UnsafeWrap(Network.ToArray()), Code = (uint)Why }.ToByteArray();

    public static bool TryParse(ReadOnlySpan<byte> body, out AttachRefusedFrame frame)
    {
        frame = default;
        if (!ProtobufBody.TryParse(Proto.AttachRefused.Parser, body, 64, out var refused) || refused.Network.Length != NetworkId.Length) return false;
        // A code of a later version is still a refusal.
        var why = (NetfluxError)refused.Code;
        frame = new(NetworkId.FromBytes(refused.Network.Span), Enum.IsDefined(why) ? why : NetfluxError.NotAdmitted);
        return true;
    }
}

/// <summary>One side ends its part of a channel; the other answers with its own Detach unless it has sent one.</summary>
internal readonly record struct DetachFrame(NetworkId Network, PeerLeavingReason Reason)
{
    public byte[] ToBytes() => new Proto.Detach { Network = UnsafeByteOperations.UnsafeWrap(Network.ToArray()), Reason = (uint)Reason }.ToByteArray();

    public static bool TryParse(ReadOnlySpan<byte> body, out DetachFrame frame)
    {
        frame = default;
        if (!ProtobufBody.TryParse(Proto.Detach.Parser, body, 64, out var detach) || detach.Network.Length != NetworkId.Length) return false;
        frame = new(NetworkId.FromBytes(detach.Network.Span), LeavingReason.FromWire(detach.Reason));
        return true;
    }
}

/// <summary>The session ends in order.</summary>
internal readonly record struct SessionEndFrame(PeerLeavingReason Reason)
{
    public byte[] ToBytes() => new Proto.SessionEnd { Reason = (uint)Reason }.ToByteArray();

    public static bool TryParse(ReadOnlySpan<byte> body, out SessionEndFrame frame)
    {
        frame = default;
        if (!ProtobufBody.TryParse(Proto.SessionEnd.Parser, body, 64, out var end)) return false;
        frame = new(LeavingReason.FromWire(end.Reason));
        return true;
    }
}

internal static class LeavingReason
{
    /// <summary>A reason of a later version is still a leave. What only this side can judge (a lost connection, a restart) is not taken from the other.</summary>
    public static PeerLeavingReason FromWire(uint code) => (PeerLeavingReason)code switch
    {
        PeerLeavingReason.ConnectionLost or PeerLeavingReason.Restarted => PeerLeavingReason.Left,
        var reason => Enum.IsDefined(reason) ? reason : PeerLeavingReason.Left,
    };
}
