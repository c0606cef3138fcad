using System.Text;
using Google.Protobuf;
using Netflux.Messages;

namespace Netflux.Wire;

/// <summary>An invitation into a network; the id is the sender's.</summary>
internal sealed record JoinRequestBody(ulong Id, ReadOnlyMemory<byte> Invitation)
{
    public byte[] ToBytes() => new Proto.JoinRequestFrame { Id = Id, Invitation = UnsafeByteOperations.UnsafeWrap(Invitation) }.ToByteArray();

    public static bool TryParse(ReadOnlySpan<byte> body, int invitationBytesMax, out JoinRequestBody? frame)
    {
        frame = null;
        if (!ProtobufBody.TryParse(Proto.JoinRequestFrame.Parser, body, invitationBytesMax + 64, out var request) || request.Invitation.Length > invitationBytesMax) return false;
        frame = new(request.Id, request.Invitation.Memory);
        return true;
    }
}

/// <summary>The answer to an invitation.</summary>
/// <param name="Reason">Null accepts.</param>
internal sealed record JoinAnswerBody(ulong Id, JoinRequestDeclinedReason? Reason, string Why)
{
    public const int WhyCharactersMax = 256; // guess: a sentence or two

    public byte[] ToBytes() => new Proto.JoinAnswerFrame { Id = Id, Answer = (uint)(Reason ?? 0), Why = Why.Length > WhyCharactersMax ? Why[..WhyCharactersMax] : Why }.ToByteArray();

    public static bool TryParse(ReadOnlySpan<byte> body, out JoinAnswerBody? frame)
    {
        frame = null;
        if (!ProtobufBody.TryParse(Proto.JoinAnswerFrame.Parser, body, 4 * WhyCharactersMax + 64, out var answer) || Encoding.UTF8.GetByteCount(answer.Why) > 4 * WhyCharactersMax) return false;
        var reason = (JoinRequestDeclinedReason)answer.Answer;
        // A reason of a later version still declines.
        frame = new(answer.Id, answer.Answer == 0 ? null : Enum.IsDefined(reason) ? reason : JoinRequestDeclinedReason.Declined, answer.Why);
        return true;
    }
}
