namespace Netflux.Transport.WebRtc.Stun;

/// <summary>What a message is in its exchange (RFC 8489 §5).</summary>
internal enum StunClass
{
    Request = 0b00,
    Indication = 0b01,
    SuccessResponse = 0b10,
    ErrorResponse = 0b11,
}

/// <summary>What is asked for: the one method of STUN (RFC 8489 §18.2) and those of TURN (RFC 8656 §17).</summary>
internal enum StunMethod
{
    Binding = 0x001,
    Allocate = 0x003,
    Refresh = 0x004,
    Send = 0x006,
    Data = 0x007,
    CreatePermission = 0x008,
    ChannelBind = 0x009,
}

/// <summary>
/// The first sixteen bits of a message, in which class and method are woven into one another (RFC 8489 §5):
/// <code>
///  15 14 13 12 11 10  9  8  7  6  5  4  3  2  1  0
/// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// | 0  0|  method 11-7 |C1| method 6-4|C0| method 3-0|
/// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// </code>
/// </summary>
internal static class StunMessageType
{
    private const int UpperMethod = 0x0F80, MiddleMethod = 0x0070, LowerMethod = 0x000F;

    public static ushort Encode(StunClass messageClass, StunMethod method)
    {
        var (c, m) = ((int)messageClass, (int)method);
        return (ushort)((m & UpperMethod) << 2 | (c & 2) << 7 | (m & MiddleMethod) << 1 | (c & 1) << 4 | m & LowerMethod);
    }

    public static (StunClass Class, StunMethod Method) Decode(ushort type) =>
        ((StunClass)(type >> 7 & 2 | type >> 4 & 1), (StunMethod)(type >> 2 & UpperMethod | type >> 1 & MiddleMethod | type & LowerMethod));
}
