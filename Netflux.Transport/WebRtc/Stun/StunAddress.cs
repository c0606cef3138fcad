using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Stun;

/// <summary>
/// The value of MAPPED-ADDRESS and of the XOR addresses (RFC 8489 §14.1, §14.2).
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |0 0 0 0 0 0 0 0|    Family     |             Port              |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |         Address: 32 bits (family 1) or 128 bits (family 2)    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// The XOR form hides the address from NATs that rewrite what looks like one: the port is xored with the first half of the magic cookie, an IPv4 address with the cookie, an IPv6
/// address with cookie and transaction id. No form carries the zone of a link-local address.
/// </summary>
internal static class StunAddress
{
    private const byte FamilyIPv4 = 1, FamilyIPv6 = 2;

    public static int LengthOf(in TransportAddress address) => address.IsIPv4 ? 8 : 20;

    public static bool TryParse(ReadOnlySpan<byte> value, out TransportAddress address)
    {
        address = default;
        if (value.Length < 8) return false;
        var port = BinaryPrimitives.ReadUInt16BigEndian(value[2..]);
        switch (value[1])
        {
            case FamilyIPv4 when value.Length == 8:
                address = TransportAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(value[4..]), port);
                return true;
            case FamilyIPv6 when value.Length == 20:
                address = new(BinaryPrimitives.ReadUInt128BigEndian(value[4..]), port);
                return true;
            default:
                return false;
        }
    }

    public static bool TryParseXor(ReadOnlySpan<byte> value, StunTransactionId id, out TransportAddress address)
    {
        // The family decides the mask, so the value is unmasked before it is made an address: a masked IPv6 address may look like a mapped IPv4 one.
        if (value.Length is not (8 or 20))
        {
            address = default;
            return false;
        }
        Span<byte> plain = stackalloc byte[20];
        value.CopyTo(plain);
        plain = plain[..value.Length];
        Mask(plain, id);
        return TryParse(plain, out address);
    }

    public static void Write(Span<byte> destination, in TransportAddress address)
    {
        destination[0] = 0;
        destination[1] = address.IsIPv4 ? FamilyIPv4 : FamilyIPv6;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], address.Port);
        if (address.IsIPv4) BinaryPrimitives.WriteUInt32BigEndian(destination[4..], (uint)address.Bits);
        else BinaryPrimitives.WriteUInt128BigEndian(destination[4..], address.Bits);
    }

    public static void WriteXor(Span<byte> destination, in TransportAddress address, StunTransactionId id)
    {
        Write(destination, address);
        Mask(destination[..LengthOf(address)], id);
    }

    private static void Mask(Span<byte> value, StunTransactionId id)
    {
        Span<byte> mask = stackalloc byte[4 + StunTransactionId.Length];
        BinaryPrimitives.WriteUInt32BigEndian(mask, StunMessage.MagicCookie);
        id.Write(mask[4..]);
        for (var i = 0; i < 2; i++) value[2 + i] ^= mask[i];
        for (var i = 4; i < value.Length; i++) value[i] ^= mask[i - 4];
    }
}
