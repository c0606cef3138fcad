namespace Netflux.Transport.WebRtc.Dtls;

internal abstract record DtlsEvent;

/// <summary>Both sides have proven their certificates: <see cref="DtlsConnection.Protect"/> may be used, and what came early can be opened.</summary>
internal sealed record DtlsConnected(DtlsCipherSuite Suite) : DtlsEvent;

/// <summary>The other side said close_notify (RFC 5246 §7.2.1), and was answered.</summary>
internal sealed record DtlsClosed : DtlsEvent;

/// <summary>There is no connection, or none any more.</summary>
internal sealed record DtlsFailed(DtlsFailure Failure) : DtlsEvent;
