using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.WebRtc.Dtls;

/// <summary>
/// DTLS 1.2 with one peer (RFC 6347), as a core: the handshake is made by others, behind <see cref="IDtlsHandshake"/>; the records behind it are sealed and opened here.
/// <code>
/// client                                                server
///   ClientHello                             ──────────→
///           ServerHello, Certificate, ServerKeyExchange
///   ←──────────   CertificateRequest, ServerHelloDone
///   Certificate, ClientKeyExchange, CertificateVerify
///   [ChangeCipherSpec] Finished             ──────────→
///   ←──────────           [ChangeCipherSpec] Finished     both: connected
/// </code>
/// There is no HelloVerifyRequest: connectivity checks have proven the client's address, and RFC 6347 §4.2.1 leaves it to the server.
/// Driven by one thread at a time.
/// </summary>
internal sealed class DtlsConnection
{
    /// <summary>What <see cref="Protect"/> writes before the plaintext.</summary>
    public const int Headroom = DtlsRecords.Headroom;

    /// <summary>What <see cref="Protect"/> writes behind it.</summary>
    public const int Tailroom = DtlsRecords.TagBytes;

    private readonly DtlsRole _role;
    private readonly IReadOnlyList<DtlsFingerprint> _fingerprints;
    private readonly IDtlsHandshakes _handshakes;
    private readonly Action _progressed;
    private readonly DtlsOptions _options;
    private readonly Queue<ReadOnlyMemory<byte>> _datagrams = new();
    private readonly Queue<DtlsEvent> _events = new();
    private readonly Queue<byte[]> _early = new();
    private State _state = new NotStarted();

    /// <param name="role">Ours.</param>
    /// <param name="fingerprints">The other side's, one at least.</param>
    /// <param name="handshakes">Who makes the handshake.</param>
    /// <param name="progressed">Called from the handshake's thread when <see cref="HandleProgress"/> has something to do; see <see cref="IDtlsHandshakes.Create"/>.</param>
    /// <param name="options">The limits.</param>
    public DtlsConnection(DtlsRole role, IReadOnlyList<DtlsFingerprint> fingerprints, IDtlsHandshakes handshakes, Action progressed, DtlsOptions options)
    {
        ArgumentNullException.ThrowIfNull(fingerprints);
        ArgumentOutOfRangeException.ThrowIfZero(fingerprints.Count);
        (_role, _fingerprints, _handshakes, _progressed, _options) = (role, fingerprints, handshakes, progressed, options);
    }

    private abstract record State;

    private sealed record NotStarted : State;

    /// <param name="Deadline">Null before the client speaks: until then the server's handshake takes no thread, and has no end but that of the path.</param>
    private sealed record Handshaking(IDtlsHandshake Handshake, Instant? Deadline) : State;

    private sealed record Connected(DtlsRecords Records, DtlsLastFlight? LastFlight) : State;

    private sealed record Over : State;

    public bool IsConnected => _state is Connected;

    public Instant? NextDeadline => (_state as Handshaking)?.Deadline;

    /// <summary>The client's first flight goes at once; the server listens, and is started by the first record if that comes sooner.</summary>
    /// <param name="now">The time.</param>
    /// <param name="roundTrip">Of the path, where checks have measured it.</param>
    public void Start(Instant now, TimeSpan? roundTrip = null)
    {
        if (_state is not NotStarted) return;
        var resend = roundTrip is { } known ? TimeSpan.FromTicks(Math.Clamp(2 * known.Ticks, _options.FirstResendMin.Ticks, _options.FirstResendMax.Ticks)) : _options.FirstResend;
        var handshake = _handshakes.Create(new(_role, _fingerprints, resend, _options), _progressed);
        _state = new Handshaking(handshake, Deadline: null);
        if (_role == DtlsRole.Client) Run(handshake, now);
    }

    /// <summary>The handshake called: takes its outcome, if there is one.</summary>
    public void HandleProgress(Instant now)
    {
        if (_state is not Handshaking { Handshake: { Outcome: { } outcome } handshake }) return;
        while (handshake.TryTakeDatagram(out var datagram)) _datagrams.Enqueue(datagram);
        switch (outcome)
        {
            case DtlsHandshakeSucceeded succeeded:
                _state = new Connected(succeeded.Records, succeeded.LastFlight);
                _events.Enqueue(new DtlsConnected(succeeded.Suite));
                break;
            case DtlsHandshakeFailed failed:
                Fail(failed.Failure);
                break;
        }
    }

    /// <summary>The handshake takes too long.</summary>
    public void HandleDeadline(Instant now)
    {
        HandleProgress(now);
        if (_state is not Handshaking { Handshake: { } handshake, Deadline: { } deadline } || now < deadline) return;
        handshake.Cancel();
        Fail(new DtlsTimeout());
    }

    /// <summary>
    /// Goes on through the records of a datagram up to the next one that carries data, which it decrypts in place; what else is in it is handled on the way. To be
    /// called until it says false. Data that came before our handshake was complete comes first: call it with an empty datagram once <see cref="DtlsConnected"/> was taken.
    /// </summary>
    public bool TryOpen(ref Span<byte> datagram, Instant now, out Span<byte> plaintext)
    {
        HandleProgress(now);
        if (_early.Count > 0 && _state is Connected && TryOpenEarly(out plaintext)) return true;
        while (DtlsRecordHeader.TryTake(ref datagram, out var header, out var record))
        {
            // The client may know of the path before we do.
            if (_state is NotStarted && _role == DtlsRole.Server && header.Type == DtlsContentType.Handshake) Start(now);
            switch (_state)
            {
                case Connected connected:
                    if (TryOpenRecord(connected, header, record, out plaintext)) return true;
                    break;
                case Handshaking handshaking:
                    HandleEarlier(handshaking, header, record, now);
                    break;
            }
        }
        plaintext = default;
        return false;
    }

    /// <summary>
    /// Makes a record of the plaintext at <paramref name="buffer"/>[<see cref="Headroom"/>..], in place. Returns the record's length; 0 where there is no connection.
    /// </summary>
    public int Protect(Span<byte> buffer, int plaintextLength)
    {
        if (_state is not Connected { Records: { } records }) return 0;
        if (records.Sealed >= (ulong)_options.RecordsMax)
        {
            Fail(new DtlsKeysExhausted());
            return 0;
        }
        return records.Seal(DtlsContentType.ApplicationData, buffer, plaintextLength);
    }

    /// <summary>Flights of the handshake and alerts, to be sent to the other side.</summary>
    public bool TryTakeDatagram(out ReadOnlyMemory<byte> datagram) =>
        _datagrams.TryDequeue(out datagram) || (_state is Handshaking { Handshake: { } handshake } && handshake.TryTakeDatagram(out datagram));

    public bool TryTake([NotNullWhen(true)] out DtlsEvent? happened) => _events.TryDequeue(out happened);

    /// <summary>Ends the connection and tells the other side (RFC 5246 §7.2.1); a handshake just ends.</summary>
    public void Close(Instant now)
    {
        HandleProgress(now);
        if (_state is Handshaking { Handshake: { } handshake }) handshake.Cancel();
        End();
    }

    private bool TryOpenEarly(out Span<byte> plaintext)
    {
        while (_state is Connected connected && _early.TryDequeue(out var kept))
        {
            if (DtlsRecordHeader.TryParse(kept, out var header) && TryOpenRecord(connected, header, kept, out plaintext)) return true;
        }
        plaintext = default;
        return false;
    }

    private void Run(IDtlsHandshake handshake, Instant now)
    {
        _state = new Handshaking(handshake, now + _options.HandshakeTimeout);
        handshake.Start(); // where there is no thread for it, it calls at once
    }

    private void HandleEarlier(Handshaking handshaking, scoped in DtlsRecordHeader header, Span<byte> record, Instant now)
    {
        if (record.Length > _options.HandshakeRecordBytesMax) return;
        if (header is { Type: DtlsContentType.ApplicationData or DtlsContentType.Alert, Number.Epoch: DtlsRecords.Epoch })
        {
            // The last flight was lost, or is still with the handshake's thread. Who drops this costs the other side's first flight of SCTP a second.
            if (_early.Count < _options.EarlyRecordsMax) _early.Enqueue(record.ToArray());
            return;
        }
        if (handshaking.Deadline is null)
        {
            if (header.Type != DtlsContentType.Handshake) return;
            Run(handshaking.Handshake, now);
        }
        handshaking.Handshake.HandleRecord(record);
    }

    private bool TryOpenRecord(Connected connected, scoped in DtlsRecordHeader header, Span<byte> record, out Span<byte> plaintext)
    {
        // What is still in the clear (epoch 0) is the other side's repeated flight, which its Finished repeats authentically, or an alert that anybody may have written.
        if (!connected.Records.TryOpen(header, record[DtlsRecordHeader.Bytes..], out plaintext))
        {
            if (connected.Records.Forged >= (ulong)_options.ForgeriesMax) Fail(new DtlsKeysExhausted());
            return false;
        }
        switch (header.Type)
        {
            case DtlsContentType.ApplicationData:
                if (connected.Records.Opened < (ulong)_options.RecordsMax) return plaintext.Length > 0;
                Fail(new DtlsKeysExhausted());
                return false;
            case DtlsContentType.Alert:
                OnAlert(plaintext);
                return false;
            case DtlsContentType.Handshake:
                // HelloRequest, which would begin a renegotiation, may be ignored (RFC 5246 §7.4.1.1). Who repeats itself more often than we can answer is answered often enough.
                if (connected.LastFlight is { } last && DtlsLastFlight.IsFinished(plaintext) && _datagrams.Count < _options.HandshakeDatagramsMax) _datagrams.Enqueue(last.Write(connected.Records));
                return false;
            default:
                return false;
        }
    }

    private void OnAlert(ReadOnlySpan<byte> alert)
    {
        const byte fatal = 2;
        if (alert.Length != 2) return;
        var description = (DtlsAlert)alert[1];
        if (description == DtlsAlert.CloseNotify)
        {
            // RFC 5246 §7.2.1: it is answered with one of our own.
            End();
            _events.Enqueue(new DtlsClosed());
        }
        else if (alert[0] == fatal)
        {
            Fail(new DtlsAlertReceived(description));
        }
    }

    private void Fail(DtlsFailure failure)
    {
        End();
        _events.Enqueue(new DtlsFailed(failure));
    }

    private void End()
    {
        if (_state is Connected { Records: { } records })
        {
            SendCloseNotify(records);
            records.Dispose();
        }
        _early.Clear();
        _state = new Over();
    }

    private void SendCloseNotify(DtlsRecords records)
    {
        const byte warning = 1;
        ReadOnlySpan<byte> alert = [warning, (byte)DtlsAlert.CloseNotify];
        var record = new byte[alert.Length + DtlsRecords.Overhead];
        alert.CopyTo(record.AsSpan(DtlsRecords.Headroom));
        records.Seal(DtlsContentType.Alert, record, alert.Length);
        _datagrams.Enqueue(record);
    }
}
