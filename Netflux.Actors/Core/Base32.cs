using System.Diagnostics.CodeAnalysis;

namespace Netflux.Core;

/// <summary>RFC 4648 §6 base32 in lower case and without padding, for whole groups of five bytes.</summary>
internal static class Base32
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % 5 != 0) throw new ArgumentException("Base32 here takes whole groups of five bytes.", nameof(bytes));
        var characters = new char[bytes.Length / 5 * 8];
        for (int i = 0, o = 0; i < bytes.Length; i += 5)
        {
            ulong group = 0;
            for (var b = 0; b < 5; b++) group = group << 8 | bytes[i + b];
            for (var shift = 35; shift >= 0; shift -= 5) characters[o++] = Alphabet[(int)(group >> shift & 31)];
        }
        return new string(characters);
    }

    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> destination)
    {
        if (text.Length % 8 != 0 || destination.Length != text.Length / 8 * 5) return false;
        for (int i = 0, o = 0; i < text.Length; i += 8, o += 5)
        {
            ulong group = 0;
            for (var c = 0; c < 8; c++)
            {
                var value = Value(text[i + c]);
                if (value < 0) return false;
                group = group << 5 | (uint)value;
            }
            for (var b = 4; b >= 0; b--) { destination[o + b] = (byte)group; group >>= 8; }
        }
        return true;
    }

    private static int Value(char c) => c switch { >= 'a' and <= 'z' => c - 'a', >= '2' and <= '7' => c - '2' + 26, _ => -1 };
}
