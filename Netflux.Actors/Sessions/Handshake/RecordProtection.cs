using System.Buffers.Binary;
using System.Security.Cryptography;
using Netflux.Links;

namespace Netflux.Sessions.Handshake;

/// <summary>What stands between the session's records and the link's messages.</summary>
internal interface IRecordProtection : IDisposable
{
    /// <summary>How much longer a message is than its record.</summary>
    int Overhead { get; }

    /// <summary>Seals in place; the buffer has room for <see cref="RecordProtection.OverheadMax"/> behind the plaintext. Returns the message's length.</summary>
    int Seal(Span<byte> buffer, int plaintextLength);

    /// <summary>Opens into another buffer, <see cref="Overhead"/> shorter than the message. False ends the link: nothing that follows could open.</summary>
    bool TryOpen(ReadOnlySpan<byte> message, Span<byte> plaintext);
}

/// <summary>Of links that are encrypted between just their two ends already: a message is the record itself (docs/WIRE.md, "Data channels").</summary>
internal sealed class NoRecordProtection : IRecordProtection
{
    public int Overhead => 0;

    public int Seal(Span<byte> buffer, int plaintextLength) => plaintextLength;

    public bool TryOpen(ReadOnlySpan<byte> message, Span<byte> plaintext)
    {
        if (plaintext.Length != message.Length) return false;
        message.CopyTo(plaintext);
        return true;
    }

    public void Dispose() { }
}

/// <summary>
/// Seals and opens the records of one link: AES-256-GCM, the tag behind. The nonce is the IV base XOR a counter that both sides keep (as in TLS 1.3, RFC 8446 §5.3);
/// a link keeps order and loses nothing, so the counter need not travel, and a record that was dropped, repeated or moved does not open.
/// </summary>
internal sealed class RecordProtection : IRecordProtection
{
    /// <summary>The tag. No other protection needs more.</summary>
    public const int OverheadMax = 16;

    public int Overhead => OverheadMax;

    private readonly AesGcm _sealing;
    private readonly AesGcm _opening;
    private readonly byte[] _sealingIv;
    private readonly byte[] _openingIv;
    private ulong _sealed;
    private ulong _opened;

    /// <summary>Takes the keys over: they are erased from <paramref name="keys"/>.</summary>
    public RecordProtection(RecordKeys keys, LinkRole role)
    {
        var other = role == LinkRole.Dialler ? LinkRole.Listener : LinkRole.Dialler;
        (_sealing, _sealingIv) = (new AesGcm(keys.Key(role), OverheadMax), keys.Iv(role).ToArray());
        (_opening, _openingIv) = (new AesGcm(keys.Key(other), OverheadMax), keys.Iv(other).ToArray());
        keys.Clear();
    }

    /// <summary>Seals in place; the buffer has room for the tag behind the plaintext. Returns the length with the tag.</summary>
    public int Seal(Span<byte> buffer, int plaintextLength)
    {
        Span<byte> nonce = stackalloc byte[RecordKeys.IvLength];
        Nonce(_sealingIv, _sealed++, nonce);
        _sealing.Encrypt(nonce, buffer[..plaintextLength], buffer[..plaintextLength], buffer.Slice(plaintextLength, Overhead));
        return plaintextLength + Overhead;
    }

    /// <summary>Opens in place. False ends the link: nothing that follows could open.</summary>
    public bool TryOpen(Span<byte> record, out int plaintextLength)
    {
        plaintextLength = Math.Max(0, record.Length - Overhead);
        return TryOpen(record, record[..plaintextLength]);
    }

    /// <summary>Opens into another buffer, <see cref="Overhead"/> shorter than the record.</summary>
    public bool TryOpen(ReadOnlySpan<byte> record, Span<byte> plaintext)
    {
        if (record.Length < Overhead || plaintext.Length != record.Length - Overhead) return false;
        Span<byte> nonce = stackalloc byte[RecordKeys.IvLength];
        Nonce(_openingIv, _opened++, nonce);
        try
        {
            _opening.Decrypt(nonce, record[..plaintext.Length], record[plaintext.Length..], plaintext);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _sealing.Dispose();
        _opening.Dispose();
    }

    // 64 bits of counter never come round: at a million records a second that takes half a million years.
    private static void Nonce(byte[] iv, ulong counter, Span<byte> nonce)
    {
        iv.CopyTo(nonce);
        var tail = nonce[^8..];
        BinaryPrimitives.WriteUInt64BigEndian(tail, BinaryPrimitives.ReadUInt64BigEndian(tail) ^ counter);
    }
}
