using Netflux.Core;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>The states of an association, RFC 9260 §4.</summary>
internal abstract record SctpState
{
    /// <summary>What was agreed on with the other, once it is.</summary>
    public virtual Transfer? Agreed => null;

    /// <summary>The time of the state's own timer, T1 or T2.</summary>
    public virtual Instant? DueAt => null;

    /// <summary>Whether data may be written.</summary>
    public virtual bool SendsData => false;

    /// <summary>Nothing is there, and nothing was asked for; an INIT of the other is answered.</summary>
    public sealed record Closed : SctpState;

    /// <summary>Our INIT is out.</summary>
    public sealed record CookieWait(uint OwnTag, Packets.Tsn OwnInitialTsn, Instant Due, int Retransmits) : SctpState
    {
        public override Instant? DueAt => Due;
    }

    /// <summary>Our COOKIE ECHO is out.</summary>
    public sealed record CookieEchoed(Transfer Transfer, byte[] Cookie, Instant Due, int Retransmits) : SctpState
    {
        public override Transfer Agreed => Transfer;
        public override Instant? DueAt => Due;
    }

    public sealed record Established(Transfer Transfer) : SctpState
    {
        public override Transfer Agreed => Transfer;
        public override bool SendsData => true;
    }

    /// <summary>We shall shut down when all is delivered (§9.2).</summary>
    public sealed record ShutdownPending(Transfer Transfer) : SctpState
    {
        public override Transfer Agreed => Transfer;
        public override bool SendsData => true;
    }

    /// <summary>Our SHUTDOWN is out.</summary>
    public sealed record ShutdownSent(Transfer Transfer, Instant Due, int Retransmits) : SctpState
    {
        public override Transfer Agreed => Transfer;
        public override Instant? DueAt => Due;
    }

    /// <summary>The other shuts down; what we have accepted still goes.</summary>
    public sealed record ShutdownReceived(Transfer Transfer) : SctpState
    {
        public override Transfer Agreed => Transfer;
        public override bool SendsData => true;
    }

    /// <summary>Our SHUTDOWN ACK is out.</summary>
    public sealed record ShutdownAckSent(Transfer Transfer, Instant Due, int Retransmits) : SctpState
    {
        public override Transfer Agreed => Transfer;
        public override Instant? DueAt => Due;
    }

    /// <summary>It is over, and does not come back.</summary>
    /// <param name="Transfer">Only for messages that were not taken yet.</param>
    /// <param name="BothKnow">It was shut down by both sides, in order.</param>
    public sealed record Ended(Transfer? Transfer, bool BothKnow) : SctpState;
}
