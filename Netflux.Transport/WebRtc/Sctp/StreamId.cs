using System.Globalization;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>A stream of an association (RFC 9260 §1.3). A data channel is the pair of streams with one number, one in each direction (RFC 8831 §6.4).</summary>
internal readonly record struct StreamId(ushort Value) : IComparable<StreamId>
{
    public int CompareTo(StreamId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
