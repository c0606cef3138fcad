namespace Netflux.Transport.WebRtc.Dtls.Records;

/// <summary>Epoch (16 bits) and sequence number (48 bits) of a record, as one number (RFC 6347 §4.1). Never used twice by one sender.</summary>
internal readonly record struct RecordNumber(ulong Value)
{
    public const ulong SequenceMax = (1UL << 48) - 1;

    public RecordNumber(ushort epoch, ulong sequence) : this((ulong)epoch << 48 | sequence) => ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, SequenceMax);

    public ushort Epoch => (ushort)(Value >> 48);

    public ulong Sequence => Value & SequenceMax;
}
