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

    /// <summary>
    /// User name, realm and nonce together, in bytes. Source: arithmetic; an integrity is computed over at most 1,500 bytes, of which the rest of a request takes less than 200.
    /// RFC 8489 §14.9 and §14.10 would allow realm and nonce 763 bytes each; servers use about 20 and 50.
    /// </summary>
    public int CredentialBytesMax { get; init; } = 1200;

    /// <summary>What is shown of a server's reason. RFC 8489 §14.8: at most 128 characters of up to 6 bytes.</summary>
    public int ReasonBytesMax { get; init; } = 763;

    /// <summary>Whether the relayed address is one of IPv6 (RFC 8656 §7.1), and so are the peers; otherwise all are of IPv4.</summary>
    public bool IsIPv6 { get; init; }
}
