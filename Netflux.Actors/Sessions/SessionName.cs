using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>
/// How the two sides agree which session a link continues. The larger PeerId offers what it has, the smaller decides and answers with a name: one side decides,
/// so several links at once, lost answers and lost state on either side come to the same end on both. docs/decisions/0002-sessions.md.
/// </summary>
/// <param name="birth">Tells this state from every other that this side has had: half of the fresh id of the link on which it began, which no other link has.</param>
internal sealed class SessionName(ulong birth)
{
    private SessionId _id;
    private (SessionId Session, ulong Birth) _origin;

    public bool IsNamed => _id != default;

    public ResumeFrame Offer(ulong receivedUpTo) => new(_id, receivedUpTo, birth);

    public ResumeFrame Answer(ulong receivedUpTo, ResumeFrame offer) => new(_id, receivedUpTo, offer.Birth);

    /// <summary>The decider's view of an offer.</summary>
    public ResumeMatch Match(ResumeFrame offer) =>
        !IsNamed ? ResumeMatch.Unnamed
        : offer.Session == _id ? ResumeMatch.Same
        // It offers again what this session began from: our answer has not reached it.
        : (offer.Session, offer.Birth) == _origin ? ResumeMatch.SameUnheard
        : ResumeMatch.Other;

    public void NameFrom(ResumeFrame offer, SessionId fresh) => (_id, _origin) = (fresh, (offer.Session, offer.Birth));

    /// <summary>The follower's view of the answer. False if the decider does not have our session any more.</summary>
    public bool TryTakeName(SessionId answered)
    {
        if (IsNamed && _id != answered) return false;
        _id = answered;
        return true;
    }
}

internal enum ResumeMatch
{
    Unnamed,
    Same,
    SameUnheard,
    Other,
}
