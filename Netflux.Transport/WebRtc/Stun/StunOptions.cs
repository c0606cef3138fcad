namespace Netflux.Transport.WebRtc.Stun;

/// <summary>The numbers of STUN over UDP.</summary>
internal sealed record StunOptions
{
    /// <summary>The first retransmission timeout: RFC 8489 §6.2.1, 500 ms or more.</summary>
    public TimeSpan RtoInitial { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often a request is sent in all: RFC 8489 §6.2.1, Rc = 7.</summary>
    public int RequestsMax { get; init; } = 7;

    /// <summary>How many first timeouts an answer to the last one is waited for: RFC 8489 §6.2.1, Rm = 16.</summary>
    public int LastWait { get; init; } = 16;
}
