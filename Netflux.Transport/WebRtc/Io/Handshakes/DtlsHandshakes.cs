using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>The handshakes of a port, made by BouncyCastle on threads of their own, with the port's certificate.</summary>
internal sealed class DtlsHandshakes(DtlsIdentity identity, DtlsOptions options, IRecordCiphers ciphers) : IDtlsHandshakes
{
    private static int s_isWarm;

    private readonly HandshakeThreads _threads = new(options);

    public DtlsIdentity Identity => identity;

    public IDtlsHandshake Create(DtlsHandshakeRequest request, Action progressed) => new ThreadedHandshake(identity, request, ciphers, _threads, progressed);

    /// <summary>
    /// Has one handshake made in memory, on a thread that nobody waits for, once in a process: the first one costs 0.1 to 0.4 s, most of which is the compiler's.
    /// </summary>
    public void WarmUp()
    {
        if (Interlocked.Exchange(ref s_isWarm, 1) == 0) new Thread(() => new HandshakeWarmUp(this, options).Run()) { IsBackground = true, Name = "netflux dtls warm-up" }.Start();
    }
}
