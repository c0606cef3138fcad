namespace Netflux.Transport.WebRtc.Dtls;

/// <summary>Why there is no connection, or none any more.</summary>
internal abstract record DtlsFailure
{
    /// <summary>In a sentence, for people.</summary>
    public abstract string Text { get; }
}

/// <summary>The other side's certificate is not the one that its description names: somebody else is there.</summary>
internal sealed record DtlsFingerprintMismatch : DtlsFailure
{
    public override string Text => "The certificate of the other side does not match the fingerprint of its description.";
}

/// <summary>The handshake took longer than <see cref="DtlsOptions.HandshakeTimeout"/>.</summary>
internal sealed record DtlsTimeout : DtlsFailure
{
    public override string Text => "The DTLS handshake took too long.";
}

/// <summary>The other side does not bind its keys to the handshake (RFC 7627), which is required here.</summary>
internal sealed record DtlsNoExtendedMasterSecret : DtlsFailure
{
    public override string Text => "The other side does not know the extended master secret of RFC 7627.";
}

/// <summary>The other side ended it.</summary>
internal sealed record DtlsAlertReceived(DtlsAlert Alert) : DtlsFailure
{
    public override string Text => $"The other side ended DTLS with alert {Alert}.";
}

/// <summary>The other side broke the protocol, or there is no suite, curve or signature that both sides know.</summary>
/// <param name="Alert">What it was told.</param>
/// <param name="Reason">What was found.</param>
internal sealed record DtlsAlertSent(DtlsAlert Alert, string Reason) : DtlsFailure
{
    public override string Text => $"DTLS was ended with alert {Alert}: {Reason}";
}

/// <summary>The keys have been used as often as they may be (<see cref="DtlsOptions.RecordsMax"/>, <see cref="DtlsOptions.ForgeriesMax"/>).</summary>
internal sealed record DtlsKeysExhausted : DtlsFailure
{
    public override string Text => "The keys of the connection have been used as often as they may be.";
}

/// <summary>More handshakes wait than <see cref="DtlsOptions.HandshakesWaitingMax"/>.</summary>
internal sealed record DtlsBusy : DtlsFailure
{
    public override string Text => "Too many DTLS handshakes wait.";
}

/// <summary>Something here is broken.</summary>
internal sealed record DtlsInternalError(string Reason) : DtlsFailure
{
    public override string Text => $"The DTLS handshake ended in an error of this side: {Reason}";
}
