using System.Net.WebSockets;
using System.Text;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>A <see cref="CloseCode"/> as the status and text of a Close frame, and back.</summary>
internal static class CloseStatus
{
    /// <summary>RFC 6455 §5.5: a control frame carries at most 125 bytes, of which the status takes two.</summary>
    public const int TextBytesMax = 123;

    /// <summary>The text as it fits into a Close frame, cut between characters.</summary>
    public static string Cut(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) <= TextBytesMax) return text;
        var bytes = 0;
        var characters = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > TextBytesMax) break;
            characters += rune.Utf16SequenceLength;
        }
        return text[..characters];
    }

    /// <summary>What the other side's Close frame means: its code if it is one of ours, else the loss of the link with what was said.</summary>
    public static RawLinkClosed Read(WebSocketCloseStatus? status, string? text)
    {
        if (status is { } known && Enum.IsDefined((CloseCode)(int)known)) return new((CloseCode)(int)known, text ?? "");
        return new(CloseCode.Lost, status switch
        {
            null => "The other side closed the WebSocket without a status.",
            { } other when string.IsNullOrEmpty(text) => $"The other side closed the WebSocket with status {(int)other}.",
            { } other => $"The other side closed the WebSocket with status {(int)other}: {text}",
        });
    }
}
