using System.Globalization;

namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>A transmission sequence number (RFC 9260 §1.3). It counts modulo 2³² and is compared as RFC 1982 says (RFC 9260 §1.6): by the sign of the shortest way.</summary>
internal readonly record struct Tsn(uint Value)
{
    public Tsn Next => new(Value + 1);

    public Tsn Previous => new(Value - 1);

    /// <summary>How far <paramref name="left"/> lies behind <paramref name="right"/> when negative, ahead of it when positive.</summary>
    public static int operator -(Tsn left, Tsn right) => (int)(left.Value - right.Value);

    public static Tsn operator +(Tsn tsn, int count) => new(tsn.Value + (uint)count);

    public static bool operator <(Tsn left, Tsn right) => left - right < 0;
    public static bool operator >(Tsn left, Tsn right) => left - right > 0;
    public static bool operator <=(Tsn left, Tsn right) => left - right <= 0;
    public static bool operator >=(Tsn left, Tsn right) => left - right >= 0;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
