namespace Netflux.Transport.WebRtc.Turn;

/// <summary>The numbers of a TURN allocation.</summary>
internal sealed record TurnOptions
{
    public static readonly TurnOptions Default = new();

    /// <summary>What is asked for: RFC 8656 §3.2, the default of 10 minutes.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>An allocation is refreshed so long before it ends: RFC 8656 §8, about a minute.</summary>
    public TimeSpan RefreshBefore { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A binding's permission ends after 5 minutes (RFC 8656 §9) and the binding after 10 (§12); binding anew refreshes both. A minute is left for lost requests.</summary>
    public TimeSpan BindEvery { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>Peers at once: RFC 8445 §6.1.2.5 has a checklist of at most 100 pairs. The 4,096 channel numbers (RFC 8656 §12) suffice for it.</summary>
    public int PeersMax { get; init; } = 100;

    /// <summary>Datagrams that wait for the binding of their peer; later ones are lost, as on any network. Guess: a check and the first flight of DTLS.</summary>
    public int WaitingPerPeerMax { get; init; } = 4;

    /// <summary>How often one request is made anew with a fresh nonce (RFC 8489 §9.2.5). Guess: two in a row happen when the nonce has just expired; more is a server that is broken.</summary>
    public int NoncesMax { get; init; } = 3;

    /// <summary>RFC 8489 §14.9, §14.10: realm and nonce have at most 128 characters of up to 6 bytes.</summary>
    public int TextBytesMax { get; init; } = 763;
}
