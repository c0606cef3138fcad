using System.Globalization;
using System.Text;
using Netflux.Links;

namespace Netflux.Transport.DataChannels;

/// <summary>The last message of a data channel, as text: the close code in four digits, a blank, and a sentence (docs/WIRE.md, "Data channels").</summary>
internal static class CloseText
{
    /// <summary>Of the sentence, in UTF-8: as long as a WebSocket's close reason may be (RFC 6455 §5.5), so that both say the same.</summary>
    public const int SentenceBytesMax = 123;

    private const int CodeBytes = 5;    // four digits and the blank

    public static byte[] Write(CloseCode code, string sentence)
    {
        var bytes = new byte[CodeBytes + SentenceBytesMax];
        ((int)code).TryFormat(bytes, out _, "0000", CultureInfo.InvariantCulture);
        bytes[CodeBytes - 1] = (byte)' ';
        // Convert stops before a character that does not fit whole.
        Encoding.UTF8.GetEncoder().Convert(sentence, bytes.AsSpan(CodeBytes), flush: true, out _, out var written, out _);
        return bytes[..(CodeBytes + written)];
    }

    public static bool TryParse(ReadOnlySpan<byte> text, out CloseCode code, out string sentence)
    {
        (code, sentence) = (default, "");
        if (text.Length is < CodeBytes or > CodeBytes + SentenceBytesMax || text[CodeBytes - 1] != (byte)' ') return false;
        if (!int.TryParse(text[..(CodeBytes - 1)], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        (code, sentence) = ((CloseCode)number, Encoding.UTF8.GetString(text[CodeBytes..]));
        return number is >= 4000 and <= 4999;
    }
}
