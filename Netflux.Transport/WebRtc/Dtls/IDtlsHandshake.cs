using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.WebRtc.Dtls;

/// <summary>Where handshakes are made: a library behind a port, which has time, threads and randomness of its own.</summary>
internal interface IDtlsHandshakes
{
    /// <summary>A handshake that has not begun. Its certificate is that of the factory.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="progressed">
    /// Called from the handshake's thread, with no lock held, when there are datagrams or an outcome to be taken. It must not throw, and returns soon: the thread has
    /// little stack.
    /// </param>
    IDtlsHandshake Create(DtlsHandshakeRequest request, Action progressed);
}

/// <param name="Role">Ours.</param>
/// <param name="Fingerprints">Of the other side's certificate, of which one is to match.</param>
/// <param name="FirstResend">When a flight that was not answered is first sent again.</param>
/// <param name="Options">The limits.</param>
internal sealed record DtlsHandshakeRequest(DtlsRole Role, IReadOnlyList<DtlsFingerprint> Fingerprints, TimeSpan FirstResend, DtlsOptions Options);

/// <summary>One handshake. Every method may be called at any time, from any thread.</summary>
internal interface IDtlsHandshake
{
    /// <summary>The client's first flight goes as soon as a thread is free. The handshake knows no end of its own: who began it cancels it.</summary>
    void Start();

    /// <summary>One whole record came. It is copied; where too many wait it is dropped, and will come again.</summary>
    void HandleRecord(ReadOnlySpan<byte> record);

    /// <summary>The next datagram that is to be sent.</summary>
    bool TryTakeDatagram(out ReadOnlyMemory<byte> datagram);

    /// <summary>Null while it goes on. When there is one, the last datagrams are there as well.</summary>
    DtlsHandshakeOutcome? Outcome { get; }

    /// <summary>Ends it at once, without an outcome.</summary>
    void Cancel();
}

internal abstract record DtlsHandshakeOutcome;

/// <param name="Records">Belongs to whom takes the outcome.</param>
/// <param name="Suite">Agreed.</param>
/// <param name="LastFlight">Of the server, whose flight is the last one; null at the client.</param>
internal sealed record DtlsHandshakeSucceeded(DtlsRecords Records, DtlsCipherSuite Suite, DtlsLastFlight? LastFlight) : DtlsHandshakeOutcome;

internal sealed record DtlsHandshakeFailed(DtlsFailure Failure) : DtlsHandshakeOutcome;
