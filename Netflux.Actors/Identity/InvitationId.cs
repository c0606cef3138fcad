using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Netflux.Identity;

/// <summary>Names a join request that a tracking server keeps: 128 random bits, drawn by the peer that invites, written as 32 hexadecimal characters.</summary>
public readonly record struct InvitationId : IComparable<InvitationId>
{
    internal const int Length = 16;

    private const int TextLength = 2 * Length;

    private readonly UInt128 _value;

    private InvitationId(UInt128 value) => _value = value;

    internal static bool TryRead(ReadOnlySpan<byte> bytes, out InvitationId id)
    {
        id = bytes.Length == Length ? new(BinaryPrimitives.ReadUInt128BigEndian(bytes)) : default;
        return bytes.Length == Length;
    }

    internal byte[] ToArray()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _value);
        return bytes;
    }

    /// <summary>Reads the 32 characters of an id; anything else is false.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out InvitationId id)
    {
        var parsed = UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && text.Length == TextLength;
        id = parsed ? new(value) : default;
        return parsed;
    }

    /// <inheritdoc />
    public int CompareTo(InvitationId other) => _value.CompareTo(other._value);

    /// <inheritdoc />
    public override string ToString() => _value.ToString("x32", CultureInfo.InvariantCulture);

#pragma warning disable CS1591
    public static bool operator <(InvitationId left, InvitationId right) => left._value < right._value;
    public static bool operator >(InvitationId left, InvitationId right) => left._value > right._value;
    public static bool operator <=(InvitationId left, InvitationId right) => left._value <= right._value;
    public static bool operator >=(InvitationId left, InvitationId right) => left._value >= right._value;
#pragma warning restore CS1591
}
