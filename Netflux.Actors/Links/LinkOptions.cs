namespace Netflux.Links;

/// <summary>The numbers of links, whatever carries them.</summary>
internal sealed record LinkOptions
{
    public static readonly LinkOptions Default = new();

    /// <summary>Messages that the connection below reads ahead of the session. Guess: keeps the socket busy while the session works; so many records of memory.</summary>
    public int ReadAhead { get; init; } = 8;

    /// <summary>How long a proven link waits for its owner. Guess: the peer's actor answers within microseconds, unless it stops at this moment.</summary>
    public TimeSpan OwnerPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a closed link waits for the last word of the connection below, which closes within a second. Guess: several times that.</summary>
    public TimeSpan ClosePatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A peer whose session was cut off for breaking the rules gets no other for this long. Guess: a faulty program becomes no load, a mended one is not shut out for long.</summary>
    public TimeSpan CutOffTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>So many cut off at one address within that time, and the address is refused as well: identities cost nothing. Guess: more than the faulty programs behind one address.</summary>
    public int CutOffsPerAddressMax { get; init; } = 64;

    /// <summary>Cut-offs remembered, the latest. Guess: every unproven link of 256 a second, for half the time; 100 bytes each.</summary>
    public int CutOffsMax { get; init; } = 4_096;
}
