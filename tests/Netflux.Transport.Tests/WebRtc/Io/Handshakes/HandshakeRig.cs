using Netflux.Core;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;
using Netflux.Transport.WebRtc.Io.Handshakes;

namespace Netflux.Transport.Tests.WebRtc.Io.Handshakes;

/// <summary>Two connections, and the network between them in the hands of a test. The handshakes run on their threads; everything else runs on the test's.</summary>
internal sealed class HandshakeRig
{
    /// <summary>The same for all tests, as for all connections of a process.</summary>
    public static readonly DtlsIdentity ClientIdentity = DtlsIdentity.Create(DateTimeOffset.UtcNow);
    public static readonly DtlsIdentity ServerIdentity = DtlsIdentity.Create(DateTimeOffset.UtcNow);

    /// <summary>Where nothing is lost, nothing is to be sent again, however slow the machine.</summary>
    public static readonly DtlsOptions Patient = new() { FirstResend = TimeSpan.FromSeconds(10) };

    /// <summary>Where something is lost, it comes again soon.</summary>
    public static readonly DtlsOptions Hasty = new() { FirstResend = TimeSpan.FromMilliseconds(20) };

    private readonly object _bell = new();
    private bool _rang;

    public HandshakeRig(DtlsOptions? options = null, IRecordCiphers? ciphers = null, DtlsFingerprint? clientExpects = null, DtlsFingerprint? serverExpects = null, DtlsIdentity? serverIdentity = null)
    {
        options ??= Patient;
        Client = new(DtlsRole.Client, ClientIdentity, clientExpects ?? ServerIdentity.Fingerprint, options, ciphers, Ring);
        Server = new(DtlsRole.Server, serverIdentity ?? ServerIdentity, serverExpects ?? ClientIdentity.Fingerprint, options, ciphers, Ring);
    }

    public End Client { get; }

    public End Server { get; }

    /// <summary>What the network makes of a datagram: itself, nothing, or others. By default itself.</summary>
    public Func<End, byte[], IEnumerable<byte[]>> Network { get; set; } = (_, datagram) => [datagram];

    public void Start()
    {
        Server.Connection.Start(Instant.Zero);
        Client.Connection.Start(Instant.Zero);
    }

    /// <summary>Carries datagrams until this holds.</summary>
    public void RunUntil(Func<bool> holds)
    {
        while (true)
        {
            Carry();
            if (holds()) return;
            if (!TryWait())
                Assert.Fail($"Nothing happens any more. Client: {string.Join(", ", Client.Events)}; server: {string.Join(", ", Server.Events)}.");
        }
    }

    public void Connect()
    {
        Start();
        RunUntil(() => Client.Connection.IsConnected && Server.Connection.IsConnected);
    }

    /// <summary>Carries what there is.</summary>
    public void Carry()
    {
        while (Carry(Client, Server) | Carry(Server, Client))
        {
        }
    }

    private void Ring()
    {
        lock (_bell)
        {
            _rang = true;
            Monitor.Pulse(_bell);
        }
    }

    private bool TryWait()
    {
        lock (_bell)
        {
            var rang = _rang || Monitor.Wait(_bell, TimeSpan.FromSeconds(20));
            _rang = false;
            return rang;
        }
    }

    private bool Carry(End from, End to)
    {
        from.Connection.HandleProgress(Instant.Zero);
        from.Drain([]);
        var any = false;
        while (from.Connection.TryTakeDatagram(out var datagram))
        {
            any = true;
            foreach (var arriving in Network(from, datagram.ToArray())) to.Drain(arriving);
        }
        return any;
    }

    internal sealed class End(DtlsRole role, DtlsIdentity identity, DtlsFingerprint expects, DtlsOptions options, IRecordCiphers? ciphers, Action progressed)
    {
        public DtlsConnection Connection { get; } = new(role, [expects], new DtlsHandshakes(identity, options, ciphers ?? AesGcmCiphers.Instance), progressed, options);

        public List<DtlsEvent> Events { get; } = [];

        public List<byte[]> Received { get; } = [];

        /// <summary>What arrived: all of it is opened.</summary>
        public void Drain(byte[] datagram)
        {
            var rest = datagram.AsSpan();
            while (Connection.TryOpen(ref rest, Instant.Zero, out var plaintext)) Received.Add(plaintext.ToArray());
            while (Connection.TryTake(out var happened)) Events.Add(happened);
        }

        public byte[] Protect(params byte[] plaintext)
        {
            var buffer = new byte[DtlsConnection.Headroom + plaintext.Length + DtlsConnection.Tailroom];
            plaintext.CopyTo(buffer.AsSpan(DtlsConnection.Headroom));
            Assert.Equal(buffer.Length, Connection.Protect(buffer, plaintext.Length));
            return buffer;
        }
    }
}
