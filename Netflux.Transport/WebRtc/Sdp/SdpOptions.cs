namespace Netflux.Transport.WebRtc.Sdp;

/// <summary>What is read of a description that somebody else wrote, and where it ends.</summary>
internal static class SdpOptions
{
    /// <summary>Longer texts are refused. Source: arithmetic, a browser's offer with audio, video and data takes about 12,000 characters, and 128 candidates take as many again.</summary>
    public const int TextCharsMax = 64 * 1024;

    /// <summary>A candidate alone. Source: arithmetic, a name of 253 characters, a foundation of 32, an ufrag of 256, and as much again for attributes that are not known here.</summary>
    public const int CandidateCharsMax = 1024;

    /// <summary>Further candidates are not read. Source: RFC 8445 §6.1.2.5 limits the checklist to 100 pairs by default, and each pair has one remote candidate.</summary>
    public const int CandidatesMax = 100;

    /// <summary>Further fingerprints are not read. Source: guess, one for each hash function of RFC 8122 §5 and as many certificates again.</summary>
    public const int FingerprintsMax = 16;

    /// <summary>Media sections in one description. Source: guess; a conference with a hundred streams offers as many.</summary>
    public const int SectionsMax = 128;

    /// <summary>The largest message where the description does not say: RFC 8841 §6.1, 64 K.</summary>
    public const int MaxMessageBytesDefault = 65536;

    /// <summary>The SCTP port where the description does not say. RFC 8841 §5 has no default; every stack uses 5000, which the drafts before it had.</summary>
    public const ushort SctpPortDefault = 5000;

    /// <summary>RFC 8839 §5.4: a user fragment has 4 to 256 characters, a password 22 to 256.</summary>
    public const int UfragCharsMin = 4, PwdCharsMin = 22, CredentialCharsMax = 256;

    /// <summary>RFC 8839 §5.1: a foundation has 1 to 32 characters.</summary>
    public const int FoundationCharsMax = 32;

    /// <summary>RFC 1035 §2.3.4, less the length of the first label and the root.</summary>
    public const int NameCharsMax = 253;
}
