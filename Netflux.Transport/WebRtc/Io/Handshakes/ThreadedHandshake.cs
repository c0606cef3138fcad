using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;
using Org.BouncyCastle.Tls;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>
/// One handshake of BouncyCastle, whose <c>Connect</c> and <c>Accept</c> block: it runs on a thread that waits in <see cref="Receive(Span{byte}, int)"/> for records.
/// Nothing of BouncyCastle outlives it.
/// </summary>
internal sealed class ThreadedHandshake(DtlsIdentity identity, DtlsHandshakeRequest request, IRecordCiphers ciphers, HandshakeThreads threads, Action progressed)
    : IDtlsHandshake, DatagramTransport
{
    private readonly object _lock = new();
    private readonly HandshakeRecords _records = new(request.Options.HandshakeRecordsMax);
    private readonly HandshakeDatagrams _datagrams = new(request.Options.DatagramBytesMax, request.Options.HandshakeDatagramsMax);
    private readonly HandshakeCrypto _crypto = new(request.Role, ciphers);
    private ulong _plainSequence;
    private DtlsHandshakeOutcome? _outcome;
    private bool _isCancelled;

    public DtlsHandshakeOutcome? Outcome
    {
        get
        {
            lock (_lock) return _outcome;
        }
    }

    public void Start()
    {
        if (!threads.TryRun(this)) Finish(new DtlsHandshakeFailed(new DtlsBusy()));
    }

    public void HandleRecord(ReadOnlySpan<byte> record)
    {
        lock (_lock)
        {
            _records.Add(record);
            Monitor.Pulse(_lock);
        }
    }

    public bool TryTakeDatagram(out ReadOnlyMemory<byte> datagram)
    {
        lock (_lock) return _datagrams.TryTake(out datagram);
    }

    public void Cancel()
    {
        lock (_lock)
        {
            _isCancelled = true;
            (_outcome as DtlsHandshakeSucceeded)?.Records.Dispose();
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>On a thread of its own.</summary>
    public void Run()
    {
        var terms = new HandshakeTerms(identity, request);
        DtlsHandshakeOutcome outcome;
        try
        {
            ThrowIfCancelled();
            if (request.Role == DtlsRole.Client) new DtlsClientProtocol().Connect(new HandshakeClient(_crypto, terms), this);
            else new DtlsServerProtocol().Accept(new HandshakeServer(_crypto, terms), this);
            outcome = Succeed();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            outcome = new DtlsHandshakeFailed(terms.FailureOf(e));
        }
        Finish(outcome);
    }

    int DatagramReceiver.GetReceiveLimit() => request.Options.HandshakeRecordBytesMax;

    int DatagramReceiver.Receive(byte[] buf, int off, int len, int waitMillis) => Receive(buf.AsSpan(off, len), waitMillis);

    int DatagramReceiver.Receive(Span<byte> buffer, int waitMillis) => Receive(buffer, waitMillis);

    int DatagramSender.GetSendLimit() => request.Options.DatagramBytesMax;

    void DatagramSender.Send(byte[] buf, int off, int len) => Send(buf.AsSpan(off, len));

    void DatagramSender.Send(ReadOnlySpan<byte> buffer) => Send(buffer);

    void TlsCloseable.Close()
    {
    }

    private int Receive(Span<byte> buffer, int waitMillis)
    {
        bool sends;
        lock (_lock) sends = _datagrams.Close();
        if (sends) progressed();
        // Only this thread changes what it depends on.
        var isFinishedDue = request.Role == DtlsRole.Client ? _crypto.Cipher is not null : _crypto.IsPeerVerified;
        var deadline = Environment.TickCount64 + waitMillis;
        lock (_lock)
        {
            while (true)
            {
                ThrowIfCancelled();
                if (_records.TryTake(isFinishedDue, out var record))
                {
                    record.CopyTo(buffer);
                    return record.Length;
                }
                var left = deadline - Environment.TickCount64;
                if (left <= 0) return -1;
                Monitor.Wait(_lock, (int)left);
            }
        }
    }

    private void Send(ReadOnlySpan<byte> record)
    {
        if (DtlsRecordHeader.TryParse(record, out var header) && header.Number.Epoch == 0) _plainSequence = header.Number.Sequence + 1;
        lock (_lock) _datagrams.Add(record);
    }

    private DtlsHandshakeSucceeded Succeed()
    {
        var cipher = _crypto.Cipher!;
        var lastFlight = request.Role == DtlsRole.Server ? new DtlsLastFlight(_plainSequence, cipher.Finished!) : null;
        return new(cipher.Records, _crypto.Suite, lastFlight);
    }

    private void ThrowIfCancelled()
    {
        if (Volatile.Read(ref _isCancelled)) throw new OperationCanceledException();
    }

    private void Finish(DtlsHandshakeOutcome outcome)
    {
        lock (_lock)
        {
            if (outcome is not DtlsHandshakeSucceeded || _isCancelled) _crypto.Cipher?.Records.Dispose();
            if (_isCancelled) return;
            _datagrams.Close();
            _outcome = outcome;
        }
        progressed();
    }
}
