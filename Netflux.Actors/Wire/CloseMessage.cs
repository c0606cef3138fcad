using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Identity;
using Netflux.Links;

namespace Netflux.Wire;

/// <summary>
/// Why a link is closed. Before the proof it is a plain message, and proves nothing; on a proven link it is a frame of a sealed record of its own
/// (<see cref="ToRecord"/>), needed only for <see cref="CloseCode.Replaced"/>, because an older incarnation must not believe anybody else.
/// </summary>
internal sealed record CloseMessage(CloseCode Code, string Text, Incarnation? SeenIncarnation = null)
{
    private const int TextCharactersMax = 60; // guess: a sentence; fits an unnumbered frame in any script
    private const int BytesMax = 256;

    public byte[] ToBytes() => HandshakeMessage.Write(FrameKind.Close, Body);

    /// <summary>The plaintext of a record that says it.</summary>
    public byte[] ToRecord()
    {
        var body = Body.ToByteArray();
        var record = new byte[FrameHeader.Size + body.Length];
        new FrameHeader(FrameKind.Close, FrameFlags.None, 0, body.Length, 0).Write(record);
        body.CopyTo(record, FrameHeader.Size);
        return record;
    }

    public static bool TryParse(ReadOnlySpan<byte> message, [NotNullWhen(true)] out CloseMessage? close)
    {
        close = null;
        return message.Length > 0 && message[0] == (byte)FrameKind.Close && TryParseBody(message[1..], out close);
    }

    public static bool TryParseBody(ReadOnlySpan<byte> body, [NotNullWhen(true)] out CloseMessage? close)
    {
        close = null;
        if (!ProtobufBody.TryParse(Proto.Close.Parser, body, BytesMax, out var parsed)) return false;
        var code = (CloseCode)parsed.Code;
        close = new(Enum.IsDefined(code) ? code : CloseCode.Lost, parsed.Text, parsed.SeenIncarnation == 0 ? null : new Incarnation(parsed.SeenIncarnation));
        return true;
    }

    private Proto.Close Body => new() { Code = (uint)Code, Text = Text.Length > TextCharactersMax ? Text[..TextCharactersMax] : Text, SeenIncarnation = SeenIncarnation?.Value ?? 0 };
}
