using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Identity;
using Netflux.Signaling;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Wire;

/// <summary>Bytes of the conversation with a signaling server to messages. What a message says is checked where it is handled.</summary>
internal static class SignalingWire
{
    /// <summary>The versions of this conversation that this code speaks.</summary>
    public const uint VersionMin = 1, VersionMax = 1;

    public const int NonceLength = 32;

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Proto.ToServer? message)
    {
        try
        {
            message = Proto.ToServer.Parser.ParseFrom(bytes);
            return message.SayCase != Proto.ToServer.SayOneofCase.None;
        }
        catch (InvalidProtocolBufferException)
        {
            message = null;
            return false;
        }
    }

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Proto.ToClient? message)
    {
        try
        {
            message = Proto.ToClient.Parser.ParseFrom(bytes);
            return message.SayCase != Proto.ToClient.SayOneofCase.None;
        }
        catch (InvalidProtocolBufferException)
        {
            message = null;
            return false;
        }
    }

    public static bool TryReadNetwork(ByteString bytes, out NetworkId network)
    {
        var right = bytes.Length == NetworkId.Length;
        network = right ? NetworkId.FromBytes(bytes.Span) : default;
        return right;
    }

    public static bool TryReadPeer(ByteString bytes, out PeerId peer)
    {
        var right = bytes.Length == PeerId.Length;
        peer = right ? PeerId.FromBytes(bytes.Span) : default;
        return right;
    }

    /// <summary>A time that is none is the last that there is.</summary>
    public static DateTimeOffset TimeOf(ulong ms) => DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(ms, (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    public static bool TryReadMember(Proto.MemberOnline? wire, [NotNullWhen(true)] out MemberOnline? member)
    {
        member = wire is not null && SignalingNames.IsDisplayName(wire.DisplayName) && PeerCard.TryParse(wire.Card.Span, out var card)
            ? new MemberOnline(card, new Incarnation(wire.Incarnation), wire.DisplayName)
            : null;
        return member is not null;
    }
}
