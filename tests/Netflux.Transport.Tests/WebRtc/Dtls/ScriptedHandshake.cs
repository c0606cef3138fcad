using Netflux.Transport.WebRtc.Dtls;

namespace Netflux.Transport.Tests.WebRtc.Dtls;

/// <summary>A handshake that does what a test says.</summary>
internal sealed class ScriptedHandshake : IDtlsHandshakes, IDtlsHandshake
{
    public DtlsHandshakeRequest? Request { get; private set; }

    public bool IsStarted { get; private set; }

    public bool IsCancelled { get; private set; }

    public List<byte[]> Records { get; } = [];

    public Queue<ReadOnlyMemory<byte>> Datagrams { get; } = new();

    public DtlsHandshakeOutcome? Outcome { get; set; }

    public IDtlsHandshake Create(DtlsHandshakeRequest request, Action progressed)
    {
        Request = request;
        return this;
    }

    public void Start() => IsStarted = true;

    public void HandleRecord(ReadOnlySpan<byte> record) => Records.Add(record.ToArray());

    public bool TryTakeDatagram(out ReadOnlyMemory<byte> datagram) => Datagrams.TryDequeue(out datagram);

    public void Cancel() => IsCancelled = true;
}
