using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>The numbers of gathering.</summary>
internal sealed record GatheringOptions
{
    /// <summary>RFC 8489 §6.2.1, within <see cref="TimeMax"/>.</summary>
    public StunOptions Inquiries { get; init; } = new();

    /// <summary>Ta: RFC 8445 §14.2.</summary>
    public TimeSpan InquiryInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>As <see cref="IceOptions.ChecksAtOnce"/>, and for its reason.</summary>
    public int InquiriesAtOnce { get; init; } = 8;

    /// <summary>When it ends at the latest. Guess: four transmissions (0, 0.5, 1.5 and 3.5 s) had the time to be answered; who trickles has not waited for it.</summary>
    public TimeSpan TimeMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Addresses of STUN servers that are asked. Guess: more would tell nothing new.</summary>
    public int ServersMax { get; init; } = 8;
}
