using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>The handshakes of a port, made by BouncyCastle on threads of their own, with the port's certificate.</summary>
internal sealed class DtlsHandshakes(DtlsIdentity identity, DtlsOptions options, IRecordCiphers ciphers) : IDtlsHandshakes
{
    private readonly HandshakeThreads _threads = new(options);

    public IDtlsHandshake Create(DtlsHandshakeRequest request, Action progressed) => new ThreadedHandshake(identity, request, ciphers, _threads, progressed);
}
