namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>The extensions that one side announces in INIT or INIT ACK; both must have one for it to be used.</summary>
[Flags]
internal enum Capabilities : byte
{
    None = 0,

    /// <summary>FORWARD TSN, RFC 3758.</summary>
    PartialReliability = 1,

    /// <summary>RE-CONFIG, RFC 6525.</summary>
    StreamReset = 2,

    /// <summary>I-DATA and I-FORWARD-TSN, RFC 8260.</summary>
    Interleaving = 4,

    /// <summary>A checksum of zero, RFC 9653: announced by who accepts it.</summary>
    ZeroChecksum = 8,
}

internal static class CapabilitiesExtensions
{
    /// <summary>Asked for each packet: unlike HasFlag it makes no object of them where the compiler does not optimise.</summary>
    public static bool Has(this Capabilities all, Capabilities wanted) => (all & wanted) == wanted;
}
