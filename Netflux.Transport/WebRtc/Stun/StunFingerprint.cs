namespace Netflux.Transport.WebRtc.Stun;

/// <summary>The FINGERPRINT: the CRC-32 of ITU V.42 over the message before it, xored so that another protocol's CRC at this place does not match (RFC 8489 §14.7).</summary>
internal static class StunFingerprint
{
    private const uint Mask = 0x5354554E; // "STUN"
    private const uint Polynomial = 0xEDB88320; // ITU V.42, bits reversed

    private static readonly uint[] s_table = CreateTable();

    public static uint Compute(ReadOnlySpan<byte> messageBefore)
    {
        var crc = uint.MaxValue;
        foreach (var b in messageBefore) crc = s_table[(byte)(crc ^ b)] ^ crc >> 8;
        return ~crc ^ Mask;
    }

    private static uint[] CreateTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var entry = i;
            for (var bit = 0; bit < 8; bit++) entry = (entry & 1) != 0 ? entry >> 1 ^ Polynomial : entry >> 1;
            table[i] = entry;
        }
        return table;
    }
}
