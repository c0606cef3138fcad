using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace Netflux.Wire;

/// <summary>The one place where bodies of control frames become protobuf messages. Lengths inside them are checked by each frame's TryParse.</summary>
internal static class ProtobufBody
{
    public static bool TryParse<T>(MessageParser<T> parser, ReadOnlySpan<byte> body, int bytesMax, [NotNullWhen(true)] out T? message) where T : class, IMessage<T>
    {
        message = null;
        if (body.Length > bytesMax) return false;
        try
        {
            message = parser.ParseFrom(body);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }
}
