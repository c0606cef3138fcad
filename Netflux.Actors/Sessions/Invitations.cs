using Netflux.Messages;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>Join requests that wait for an answer, in both directions. They need no network: two peers connected at a meeting point can invite each other.</summary>
internal sealed class Invitations(SessionOptions options, SessionOutput output, SendStream stream)
{
    private readonly List<ulong> _offered = [];
    private readonly List<ulong> _received = [];

    public bool Any => _offered.Count > 0 || _received.Count > 0;

    public void HandleOffer(OfferInvitation offer)
    {
        if (_offered.Count >= options.InvitationsMax)
        {
            output.Say(new InvitationAnswered(offer.Id, JoinRequestDeclinedReason.TooMany, "Too many join requests to this peer are open."));
            return;
        }
        _offered.Add(offer.Id);
        stream.QueueControl(FrameKind.JoinRequest, new JoinRequestBody(offer.Id, offer.Invitation).ToBytes());
    }

    public void HandleAnswer(AnswerInvitation answer)
    {
        if (_received.Remove(answer.Id)) SendAnswer(new(answer.Id, answer.Reason, answer.Why));
    }

    public Violation? OnRequest(JoinRequestBody request)
    {
        if (_received.Contains(request.Id)) return Violation.Of("A join request under an id that is open.");
        if (_received.Count >= options.InvitationsMax)
        {
            SendAnswer(new(request.Id, JoinRequestDeclinedReason.TooMany, "Too many join requests are open."));
            return null;
        }
        _received.Add(request.Id);
        output.Say(new InvitationReceived(request.Id, request.Invitation));
        return null;
    }

    public void OnAnswer(JoinAnswerBody answer)
    {
        if (_offered.Remove(answer.Id)) output.Say(new InvitationAnswered(answer.Id, answer.Reason, answer.Why));
    }

    public void CloseAll()
    {
        foreach (var id in _offered) output.Say(new InvitationAnswered(id, JoinRequestDeclinedReason.ConnectionLost, "The connection to the peer ended."));
        _offered.Clear();
        _received.Clear();
    }

    private void SendAnswer(JoinAnswerBody answer) => stream.QueueControl(FrameKind.JoinAnswer, answer.ToBytes());
}
