using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Stun;

/// <summary>One attribute of a message, and where its header stands in it.</summary>
internal readonly ref struct StunAttribute(StunAttributeType type, ReadOnlySpan<byte> value, int offset)
{
    public StunAttributeType Type => type;

    public ReadOnlySpan<byte> Value { get; } = value;

    public int Offset => offset;
}

/// <summary>Walks the attributes of a message (RFC 8489 §14): type, length of the value, the value, and padding of any content up to a multiple of four.</summary>
internal ref struct StunAttributes(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private int _next = StunMessage.HeaderLength;
    private StunAttribute _current;

    public readonly StunAttribute Current => _current;

    /// <summary>Whether the walk ended where the message does, and not at a length that leads out of it.</summary>
    public readonly bool ReachedEnd => _next == _message.Length;

    public readonly StunAttributes GetEnumerator() => this;

    public bool MoveNext()
    {
        var rest = _message[_next..];
        if (rest.Length < 4) return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        var padded = length + 3 & ~3;
        if (padded > rest.Length - 4) return false;
        _current = new((StunAttributeType)BinaryPrimitives.ReadUInt16BigEndian(rest), rest.Slice(4, length), _next);
        _next += 4 + padded;
        return true;
    }
}
