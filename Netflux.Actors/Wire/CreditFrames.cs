using Google.Protobuf;

namespace Netflux.Wire;

/// <summary>What the subscribers have consumed since the channel opened, under the number of the side that receives this.</summary>
internal readonly record struct CreditFrame(ushort Channel, ulong MessagesConsumed, long CostConsumed)
{
    public byte[] ToBytes() => new Proto.Credit { Channel = Channel, MessagesConsumed = MessagesConsumed, CostConsumed = (ulong)CostConsumed }.ToByteArray();

    public static bool TryParse(ReadOnlySpan<byte> body, out CreditFrame frame)
    {
        frame = default;
        if (!ProtobufBody.TryParse(Proto.Credit.Parser, body, 64, out var credit)) return false;
        if (credit.Channel > ushort.MaxValue || credit.CostConsumed > long.MaxValue) return false;
        frame = new((ushort)credit.Channel, credit.MessagesConsumed, (long)credit.CostConsumed);
        return true;
    }
}

/// <summary>The chunks of a message that was announced by MessageStart may come. Version 1 never refuses: what is too large is a violation, what has no room waits.</summary>
internal readonly record struct MessageGrantFrame(ushort Channel, ulong Message)
{
    public byte[] ToBytes() => new Proto.MessageGrant { Channel = Channel, Message = Message }.ToByteArray();

    public static bool TryParse(ReadOnlySpan<byte> body, out MessageGrantFrame frame)
    {
        frame = default;
        if (!ProtobufBody.TryParse(Proto.MessageGrant.Parser, body, 64, out var grant)) return false;
        if (grant.Channel > ushort.MaxValue) return false;
        frame = new((ushort)grant.Channel, grant.Message);
        return true;
    }
}
