using System.Buffers.Binary;
using Google.Protobuf;
using Netflux.Sessions;

namespace Netflux.Wire;

/// <summary>The first frame of each side on a proven link: the larger PeerId's offer, then the smaller's answer.</summary>
internal readonly record struct ResumeFrame(SessionId Session, ulong ReceivedUpTo, ulong Birth)
{
    private const int SessionIdLength = 16;
    private const int BytesMax = 64; // three fields: 18 + 11 + 11, and room for fields of later versions

    public byte[] ToBytes()
    {
        var id = new byte[SessionIdLength];
        BinaryPrimitives.WriteUInt128BigEndian(id, Session.Value);
        return new Proto.Resume { SessionId = UnsafeByteOperations.UnsafeWrap(id), ReceivedUpTo = ReceivedUpTo, Birth = Birth }.ToByteArray();
    }

    public static bool TryParse(ReadOnlySpan<byte> body, out ResumeFrame frame)
    {
        frame = default;
        if (!ProtobufBody.TryParse(Proto.Resume.Parser, body, BytesMax, out var resume) || resume.SessionId.Length != SessionIdLength) return false;
        frame = new(new SessionId(BinaryPrimitives.ReadUInt128BigEndian(resume.SessionId.Span)), resume.ReceivedUpTo, resume.Birth);
        return true;
    }
}
