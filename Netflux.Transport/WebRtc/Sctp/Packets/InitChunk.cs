using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>
/// INIT and INIT ACK, RFC 9260 §3.3.2 and §3.3.3.
/// <code>
/// │ Type = 1 or 2 │   Flags = 0   │            Length             │
/// ├───────────────┴───────────────┴───────────────────────────────┤
/// │                         Initiate tag                          │
/// ├───────────────────────────────────────────────────────────────┤
/// │           Advertised receiver window credit (a_rwnd)          │
/// ├───────────────────────────────┬───────────────────────────────┤
/// │       Outbound streams        │        Inbound streams        │
/// ├───────────────────────────────┴───────────────────────────────┤
/// │                          Initial TSN                          │
/// ├───────────────────────────────────────────────────────────────┤
/// │       Parameters: state cookie (INIT ACK), extensions         │
/// └───────────────────────────────────────────────────────────────┘
/// </code>
/// </summary>
internal readonly ref struct InitChunk
{
    public const int FixedLength = 20;

    /// <summary>RFC 9653 §4: error detection by DTLS is method 1.</summary>
    private const uint ErrorDetectionByDtls = 1;

    public required uint InitiateTag { get; init; }
    public required uint ReceiverWindow { get; init; }
    public required ushort OutboundStreams { get; init; }
    public required ushort InboundStreams { get; init; }
    public required Tsn InitialTsn { get; init; }
    public required Capabilities Capabilities { get; init; }

    /// <summary>The state cookie of an INIT ACK; empty in an INIT.</summary>
    public ReadOnlySpan<byte> Cookie { get; init; }

    /// <summary>All parameters, for <see cref="CopyUnrecognized"/>.</summary>
    public ReadOnlySpan<byte> Parameters { get; init; }

    public static bool TryParse(in Chunk chunk, out InitChunk init)
    {
        init = default;
        var whole = chunk.Whole;
        if (whole.Length < FixedLength) return false;
        var capabilities = Capabilities.None;
        ReadOnlySpan<byte> cookie = default;
        var parameters = new ParameterReader(whole[FixedLength..]);
        while (parameters.TryRead(out var parameter))
        {
            switch (parameter.Type)
            {
                case ParameterType.StateCookie:
                    cookie = parameter.Value;
                    continue;
                case ParameterType.ForwardTsnSupported:
                    capabilities |= Capabilities.PartialReliability;
                    continue;
                case ParameterType.ZeroChecksumAcceptable when parameter.Value.Length == 4 && BinaryPrimitives.ReadUInt32BigEndian(parameter.Value) == ErrorDetectionByDtls:
                    capabilities |= Capabilities.ZeroChecksum;
                    continue;
                case ParameterType.SupportedExtensions:
                    capabilities |= ReadExtensions(parameter.Value);
                    continue;
            }
            if (!UnknownTypes.IsSkipped(parameter.Type)) break;
        }
        init = new InitChunk
        {
            InitiateTag = BinaryPrimitives.ReadUInt32BigEndian(whole[4..]),
            ReceiverWindow = BinaryPrimitives.ReadUInt32BigEndian(whole[8..]),
            OutboundStreams = BinaryPrimitives.ReadUInt16BigEndian(whole[12..]),
            InboundStreams = BinaryPrimitives.ReadUInt16BigEndian(whole[14..]),
            InitialTsn = new(BinaryPrimitives.ReadUInt32BigEndian(whole[16..])),
            Capabilities = capabilities,
            Cookie = cookie,
            Parameters = whole[FixedLength..],
        };
        return true;
    }

    private static Capabilities ReadExtensions(ReadOnlySpan<byte> types)
    {
        var found = Capabilities.None;
        if (types.Contains((byte)ChunkType.Reconfig)) found |= Capabilities.StreamReset;
        if (types.Contains((byte)ChunkType.ForwardTsn)) found |= Capabilities.PartialReliability;
        // RFC 8260 §2.2.1: I-DATA in the list is the announcement; I-FORWARD-TSN goes with it where there is partial reliability.
        if (types.Contains((byte)ChunkType.IData)) found |= Capabilities.Interleaving;
        return found;
    }

    /// <summary>
    /// Writes the chunk; returns its length, which is a multiple of four. <paramref name="unrecognized"/> are whole "unrecognized parameter" parameters for an INIT ACK
    /// (RFC 9260 §3.3.3.1), padded. The destination must have room; what goes in is ours and small.
    /// </summary>
    public int Write(Span<byte> destination, ChunkType type, ReadOnlySpan<byte> unrecognized = default)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], InitiateTag);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], ReceiverWindow);
        BinaryPrimitives.WriteUInt16BigEndian(destination[12..], OutboundStreams);
        BinaryPrimitives.WriteUInt16BigEndian(destination[14..], InboundStreams);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], InitialTsn.Value);
        var at = FixedLength;
        if (!Cookie.IsEmpty) at += Parameter.Write(destination[at..], ParameterType.StateCookie, Cookie);
        if (Capabilities.Has(Capabilities.PartialReliability)) at += Parameter.Write(destination[at..], ParameterType.ForwardTsnSupported, []);
        Span<byte> extensions = stackalloc byte[4];
        var count = 0;
        if (Capabilities.Has(Capabilities.StreamReset)) extensions[count++] = (byte)ChunkType.Reconfig;
        if (Capabilities.Has(Capabilities.PartialReliability)) extensions[count++] = (byte)ChunkType.ForwardTsn;
        if (Capabilities.Has(Capabilities.Interleaving)) extensions[count++] = (byte)ChunkType.IData;
        if (Capabilities.Has(Capabilities.Interleaving | Capabilities.PartialReliability)) extensions[count++] = (byte)ChunkType.IForwardTsn;
        if (count > 0) at += Parameter.Write(destination[at..], ParameterType.SupportedExtensions, extensions[..count]);
        if (Capabilities.Has(Capabilities.ZeroChecksum))
        {
            Span<byte> method = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(method, ErrorDetectionByDtls);
            at += Parameter.Write(destination[at..], ParameterType.ZeroChecksumAcceptable, method);
        }
        unrecognized.CopyTo(destination[at..]);
        at += unrecognized.Length;
        Chunk.WriteHeader(destination, type, 0, at);
        return at;
    }

    /// <summary>
    /// Wraps each parameter that was not recognized and whose type asks for a report (RFC 9260 §3.2.1) into an "unrecognized parameter" of the INIT ACK; those for which there
    /// is no room are left out. Returns the length.
    /// </summary>
    public int CopyUnrecognized(Span<byte> destination)
    {
        var at = 0;
        var parameters = new ParameterReader(Parameters);
        while (parameters.TryRead(out var parameter))
        {
            if (IsRecognized(parameter.Type)) continue;
            if (UnknownTypes.IsReported(parameter.Type) && Chunk.Padded(parameter.Whole.Length) + Parameter.HeaderLength <= destination.Length - at)
                at += Parameter.Write(destination[at..], ParameterType.UnrecognizedParameter, parameter.Whole);
            if (!UnknownTypes.IsSkipped(parameter.Type)) break;
        }
        return at;
    }

    // Addresses (5, 6), the cookie's preservative (9), and address types (12) mean nothing over DTLS (RFC 8261 §6: one path, no addresses), but are not foreign to RFC 9260.
    private static bool IsRecognized(ParameterType type) => type is ParameterType.StateCookie or ParameterType.UnrecognizedParameter or ParameterType.ForwardTsnSupported
        or ParameterType.SupportedExtensions or ParameterType.ZeroChecksumAcceptable || (ushort)type is 5 or 6 or 9 or 12;
}
