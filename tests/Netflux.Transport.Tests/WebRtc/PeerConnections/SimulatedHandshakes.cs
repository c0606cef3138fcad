using Netflux.Core;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>
/// A handshake without cryptography and without threads, for simulations. Its four flights and their repetitions are those of DTLS 1.2; the keys that it gives are the same
/// for all; the records behind it are real.
/// <code>
/// client  hello ──→   ←── answer   key, Finished ──→   ←── ChangeCipherSpec, Finished  server
/// </code>
/// </summary>
internal sealed class SimulatedHandshakes : IDtlsHandshakes
{
    private const byte Hello = 1, Answer = 2, Key = 16;

    private static readonly TimeSpan s_resend = TimeSpan.FromMilliseconds(100);
    private static readonly byte[] s_finished = [20, 0, 0, 0];

    private readonly List<Handshake> _all = [];

    /// <summary>When the last one that was made would repeat its first flight. The simulation itself takes 100 ms always.</summary>
    public TimeSpan? FirstResend { get; private set; }

    /// <summary>Those that a thread would be waiting in.</summary>
    public int Running => _all.Count(handshake => handshake.IsRunning);

    public IDtlsHandshake Create(DtlsHandshakeRequest request, Action progressed)
    {
        FirstResend = request.FirstResend;
        var made = new Handshake(request.Role, progressed);
        _all.Add(made);
        return made;
    }

    /// <summary>What the thread of a handshake would do: repeat what was not answered, and call when there is something to be taken. True where there was.</summary>
    public bool Run(Instant now)
    {
        var any = false;
        foreach (var handshake in _all) any |= handshake.Run(now);
        return any;
    }

    private static DtlsCipherSuite Suite => DtlsCipherSuite.EcdheEcdsaAes128GcmSha256;

    /// <summary>What either side of any of these handshakes seals and opens with.</summary>
    public static DtlsRecords MakeRecords(DtlsRole role)
    {
        Span<byte> block = stackalloc byte[DtlsRecordKeys.BlockBytes(Suite)];
        for (var i = 0; i < block.Length; i++) block[i] = (byte)i;
        return new(new DtlsRecordKeys(block, role), AesGcmCiphers.Instance);
    }

    private sealed class Handshake(DtlsRole role, Action progressed) : IDtlsHandshake
    {
        private readonly Queue<ReadOnlyMemory<byte>> _datagrams = new();
        private Func<byte[]>? _flight;
        private Instant? _repeatAt;
        private DtlsRecords? _records;
        private ulong _sequence;
        private bool _hasProgress;

        public bool IsRunning { get; private set; }

        public DtlsHandshakeOutcome? Outcome { get; private set; }

        public void Start()
        {
            IsRunning = true;
            if (role == DtlsRole.Client) Send(() => Plain(Hello));
        }

        public void HandleRecord(ReadOnlySpan<byte> record)
        {
            if (Outcome is not null || !DtlsRecordHeader.TryParse(record, out var header) || header.Type != DtlsContentType.Handshake) return;
            switch (role, header.Number.Epoch, record[DtlsRecordHeader.Bytes])
            {
                case (DtlsRole.Server, 0, Hello):
                    Send(() => Plain(Answer));
                    break;
                case (DtlsRole.Client, 0, Answer) when _records is null:
                    _records = MakeRecords();
                    Send(() => [.. Plain(Key), .. SealedFinished(_records)]);
                    break;
                case (DtlsRole.Server, 0, Key):
                    _records = MakeRecords();
                    var last = new DtlsLastFlight(_sequence, s_finished);
                    _datagrams.Enqueue(last.Write(_records));
                    Finish(last);
                    break;
                case (DtlsRole.Client, 1, _) when _records is { } records && records.TryOpen(header, record[DtlsRecordHeader.Bytes..].ToArray(), out _):
                    Finish(null);
                    break;
            }
        }

        public bool TryTakeDatagram(out ReadOnlyMemory<byte> datagram) => _datagrams.TryDequeue(out datagram);

        public void Cancel() => (_flight, IsRunning) = (null, false);

        public bool Run(Instant now)
        {
            if (_flight is not null)
            {
                _repeatAt ??= now + s_resend;
                if (_repeatAt <= now) Send(_flight);
            }
            if (!_hasProgress) return false;
            _hasProgress = false;
            progressed();
            return true;
        }

        private DtlsRecords MakeRecords() => SimulatedHandshakes.MakeRecords(role);

        private byte[] Plain(byte message)
        {
            var record = new byte[DtlsRecordHeader.Bytes + 1];
            new DtlsRecordHeader(DtlsContentType.Handshake, DtlsRecordHeader.Version12, new(0, _sequence++), 1).Write(record);
            record[^1] = message;
            return record;
        }

        private static byte[] SealedFinished(DtlsRecords records)
        {
            var record = new byte[s_finished.Length + DtlsRecords.Overhead];
            s_finished.CopyTo(record.AsSpan(DtlsRecords.Headroom));
            records.Seal(DtlsContentType.Handshake, record, s_finished.Length);
            return record;
        }

        private void Send(Func<byte[]> flight)
        {
            (_flight, _repeatAt, _hasProgress) = (flight, null, true);
            _datagrams.Enqueue(flight());
        }

        private void Finish(DtlsLastFlight? last)
        {
            (_flight, _hasProgress, IsRunning) = (null, true, false);
            Outcome = new DtlsHandshakeSucceeded(_records!, Suite, last);
        }
    }
}
