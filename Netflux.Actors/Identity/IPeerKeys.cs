namespace Netflux.Identity;

/// <summary>The private side of an identity, as cores see it. Signatures are randomised and keys are secret, so both stay behind this port.</summary>
internal interface IPeerKeys
{
    PeerCard Card { get; }

    PeerId Id => Card.Id;

    /// <summary>ECDSA P-256 with SHA-256 over the purpose, a zero byte and the body; IEEE P1363, 64 bytes.</summary>
    byte[] Sign(string purpose, ReadOnlySpan<byte> body);

    /// <summary>The raw P-256 Diffie-Hellman secret of the sealing key and another point, 32 bytes; false if the point is not on the curve.</summary>
    bool TryAgree(ReadOnlySpan<byte> otherPoint, Span<byte> secret);
}

/// <summary>One ephemeral P-256 key, used once.</summary>
internal interface IEphemeralKey : IDisposable
{
    /// <summary>The uncompressed point, 65 bytes.</summary>
    ReadOnlySpan<byte> PublicPoint { get; }

    /// <summary>The raw Diffie-Hellman secret, 32 bytes; false if the point is not on the curve.</summary>
    bool TryAgree(ReadOnlySpan<byte> otherPoint, Span<byte> secret);
}

/// <summary>Makes ephemeral keys: the platform's in production, seeded in tests.</summary>
internal interface IEphemeralKeySource
{
    IEphemeralKey Create();
}
