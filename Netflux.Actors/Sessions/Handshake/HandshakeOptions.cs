namespace Netflux.Sessions.Handshake;

/// <summary>The limits of a handshake.</summary>
internal sealed record HandshakeOptions
{
    public static readonly HandshakeOptions Default = new();

    /// <summary>From the start to the proof. DESIGN §4: unproven links are limited in time, 5 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The oldest and the newest version of the protocol that this build speaks.</summary>
    public uint VersionMin { get; init; } = 1;

    public uint VersionMax { get; init; } = 1;

    /// <summary>Proofs remembered by the process to name a replay; beyond them a replay is still refused, as an invalid proof. Guess: the links of some hours; 64 bytes each.</summary>
    public int ProofsRemembered { get; init; } = 4_096;
}
