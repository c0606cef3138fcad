using System.Buffers.Binary;
using Netflux.Core;
using Netflux.TestKit;
using Netflux.Transport.Tests.WebRtc.Dtls.Records;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;
using Netflux.Transport.WebRtc.Io.Handshakes;

namespace Netflux.Transport.Tests.WebRtc.Io.Handshakes;

public class HandshakeTests
{
    // client → ClientHello → server
    // client ← ServerHello … ServerHelloDone ← server
    // client → Certificate … Finished → server
    // client ← Finished ← server
    [Fact]
    public void Two_sides_connect_in_four_datagrams_and_talk()
    {
        var rig = new HandshakeRig();
        var sent = new List<int>();
        rig.Network = (_, datagram) =>
        {
            sent.Add(datagram.Length);
            return [datagram];
        };
        rig.Connect();

        Assert.Equal(4, sent.Count);
        Assert.All(sent, length => Assert.InRange(length, 1, DtlsOptions.Default.DatagramBytesMax));
        Assert.Equal([new DtlsConnected(DtlsCipherSuite.EcdheEcdsaAes128GcmSha256)], rig.Client.Events);
        Assert.Equal(rig.Client.Events, rig.Server.Events);
        Talk(rig);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Each_datagram_may_be_lost_once(int lost)
    {
        var rig = new HandshakeRig(HandshakeRig.Hasty);
        var sent = 0;
        rig.Network = (_, datagram) => ++sent == lost ? [] : [datagram];
        rig.Connect();
        Talk(rig);
    }

    [Fact]
    public void A_lost_last_flight_is_answered_by_the_connection_without_the_handshake()
    {
        var watch = new NonceWatch();
        var rig = new HandshakeRig(HandshakeRig.Hasty, watch);
        var lost = 0;
        rig.Network = (from, datagram) => from == rig.Server && rig.Server.Connection.IsConnected && lost++ < 3 ? [] : [datagram];
        rig.Connect();
        Assert.InRange(lost, 4, int.MaxValue);
        Talk(rig);
        Assert.Empty(watch.UsedTwice);
    }

    [Fact]
    public void Data_behind_a_lost_last_flight_waits_for_it()
    {
        // client ←╳ Finished ← server
        // client ← data ← server                          kept
        // client → Certificate … Finished → server        again
        // client ← Finished ← server                      and the data is there
        var rig = new HandshakeRig(HandshakeRig.Hasty);
        var lost = false;
        rig.Network = (from, datagram) =>
        {
            if (lost || from != rig.Server || !rig.Server.Connection.IsConnected) return [datagram];
            lost = true;
            return [rig.Server.Protect(7, 7)];
        };
        rig.Start();
        rig.RunUntil(() => rig.Client.Received.Count > 0);
        Assert.Equal([[7, 7]], rig.Client.Received);
    }

    /// <summary>A fault that nothing else shows: both ends count alike, so they connect and talk.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public void Own_numbers_that_begin_at_the_librarys_last_are_seen(bool isFaulty)
    {
        var watch = new NonceWatch();
        var rig = new HandshakeRig(ciphers: isFaulty ? FaultyCiphers.CountingAgain(watch) : watch);
        rig.Connect();
        Talk(rig);
        Assert.Equal(isFaulty, !watch.UsedTwice.IsEmpty);
        Assert.Equal(isFaulty ? 2 : 4, watch.Sealed); // of each end, Finished and a record of data
    }

    [Fact]
    public void Everything_may_come_twice()
    {
        var watch = new NonceWatch();
        var rig = new HandshakeRig(ciphers: watch) { Network = (_, datagram) => [datagram, datagram] };
        rig.Connect();
        rig.Carry();
        Talk(rig);
        Assert.Empty(watch.UsedTwice);
    }

    [Fact]
    public void Finished_may_overtake_and_ChangeCipherSpec_be_lost()
    {
        // The records of each flight one by one, the last ones first, without ChangeCipherSpec: nothing has to be sent again.
        var rig = new HandshakeRig { Network = (_, datagram) => Records(datagram).Where(record => record[0] != (byte)DtlsContentType.ChangeCipherSpec).Reverse() };
        var flights = 0;
        var network = rig.Network;
        rig.Network = (from, datagram) =>
        {
            flights++;
            return network(from, datagram);
        };
        rig.Connect();
        Assert.Equal(4, flights);
        Talk(rig);
    }

    [Fact]
    public void ChangeCipherSpec_may_come_before_all_else()
    {
        var rig = new HandshakeRig { Network = (_, datagram) => Records(datagram).OrderBy(record => record[0] != (byte)DtlsContentType.ChangeCipherSpec) };
        rig.Connect();
        Talk(rig);
    }

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 12).Select(seed => (ulong)seed)];

    [Theory, MemberData(nameof(Seeds))]
    public void Loss_duplication_and_reordering_delay_and_no_nonce_is_used_twice(ulong seed)
    {
        var random = new SeededRandom(seed);
        var watch = new NonceWatch();
        var rig = new HandshakeRig(HandshakeRig.Hasty, watch);
        var (lateOfClient, lateOfServer) = (new List<byte[]>(), new List<byte[]>());
        rig.Network = (from, datagram) =>
        {
            var late = from == rig.Client ? lateOfClient : lateOfServer;
            var arriving = new List<byte[]>();
            foreach (var record in random.Chance(0.5) ? Records(datagram) : [datagram])
            {
                if (random.Chance(0.2)) continue;
                arriving.Add(record);
                if (random.Chance(0.2)) arriving.Add(record);
                if (random.Chance(0.2)) late.Add(record);
            }
            if (late.Count > 3)
            {
                arriving.AddRange(late);
                late.Clear();
            }
            return arriving.OrderBy(_ => random.Next()).ToList();
        };
        rig.Connect();
        rig.Network = (_, datagram) => [datagram];
        rig.Carry();
        Talk(rig);
        Assert.Empty(watch.UsedTwice);
        Assert.NotEqual(0, watch.Sealed);
    }

    [Fact]
    public void A_ClientHello_in_two_fragments_in_whatever_order_is_put_together()
    {
        // Chromium's is too long for a datagram and always comes so.
        var rig = new HandshakeRig();
        rig.Network = (_, datagram) => datagram[0] == (byte)DtlsContentType.Handshake && datagram[DtlsRecordHeader.Bytes] == 1 ? Split(datagram, 60) : [datagram];
        rig.Connect();
        Talk(rig);
    }

    [Fact]
    public void Noise_between_the_flights_is_ignored()
    {
        var random = new SeededRandom(1);
        var rig = new HandshakeRig(HandshakeRig.Hasty);
        rig.Network = (_, datagram) =>
        {
            var noise = new byte[random.Next(100)];
            random.Fill(noise);
            var forged = new byte[DtlsRecordHeader.Bytes + 40];
            new DtlsRecordHeader(DtlsContentType.Handshake, DtlsRecordHeader.Version12, new(1, 0), 40).Write(forged);
            return [noise, forged, [.. datagram, 22], noise];
        };
        rig.Connect();
        Talk(rig);
    }

    [Fact]
    public void A_server_with_another_certificate_is_refused()
    {
        var rig = new HandshakeRig(clientExpects: DtlsFingerprint.Of([1]));
        rig.Start();
        rig.RunUntil(() => rig.Client.Events.Count > 0 && rig.Server.Events.Count > 0);
        Assert.Equal([new DtlsFailed(new DtlsFingerprintMismatch())], rig.Client.Events);
        Assert.Equal([new DtlsFailed(new DtlsAlertReceived(DtlsAlert.BadCertificate))], rig.Server.Events);
    }

    [Fact]
    public void A_client_with_another_certificate_is_refused()
    {
        var rig = new HandshakeRig(serverExpects: DtlsFingerprint.Of([1]));
        rig.Start();
        rig.RunUntil(() => rig.Client.Events.Count > 0 && rig.Server.Events.Count > 0);
        Assert.Equal([new DtlsFailed(new DtlsFingerprintMismatch())], rig.Server.Events);
        Assert.Equal([new DtlsFailed(new DtlsAlertReceived(DtlsAlert.BadCertificate))], rig.Client.Events);
    }

    [Fact]
    public void A_certificate_whose_key_is_not_the_signers_is_refused()
    {
        // The right certificate, as anybody can copy it, and the signature of another key.
        var rig = new HandshakeRig(serverIdentity: DtlsIdentity.With(HandshakeRig.ServerIdentity.Certificate, HandshakeRig.ClientIdentity.Key));
        rig.Start();
        rig.RunUntil(() => rig.Client.Events.Count > 0);
        Assert.Equal(DtlsAlert.DecryptError, Assert.IsType<DtlsAlertSent>(Assert.IsType<DtlsFailed>(rig.Client.Events[0]).Failure).Alert);
    }

    [Fact]
    public void A_cancelled_handshake_ends_without_an_outcome_and_frees_its_thread()
    {
        // One thread for all: the second handshake runs only when the first one's is free.
        var options = HandshakeRig.Patient with { HandshakesMax = 1 };
        var handshakes = new DtlsHandshakes(HandshakeRig.ClientIdentity, options, AesGcmCiphers.Instance);
        using var flight = new SemaphoreSlim(0);
        var first = new DtlsConnection(DtlsRole.Client, [HandshakeRig.ServerIdentity.Fingerprint], handshakes, () => flight.Release(), options);
        first.Start(Instant.Zero);
        Assert.True(flight.Wait(TimeSpan.FromSeconds(20)));
        var second = new DtlsConnection(DtlsRole.Client, [HandshakeRig.ServerIdentity.Fingerprint], handshakes, () => flight.Release(), options);
        second.Start(Instant.Zero);
        Assert.False(second.TryTakeDatagram(out _));
        first.Close(Instant.Zero);
        Assert.True(flight.Wait(TimeSpan.FromSeconds(20)));
        Assert.True(second.TryTakeDatagram(out _));
        Assert.False(first.TryTake(out _));
        second.Close(Instant.Zero);
    }

    [Fact]
    public void More_handshakes_than_may_wait_fail_at_once()
    {
        var options = HandshakeRig.Patient with { HandshakesMax = 1, HandshakesWaitingMax = 1 };
        var handshakes = new DtlsHandshakes(HandshakeRig.ClientIdentity, options, AesGcmCiphers.Instance);
        var connections = Enumerable.Range(0, 3).Select(_ => new DtlsConnection(DtlsRole.Client, [HandshakeRig.ServerIdentity.Fingerprint], handshakes, () => { }, options)).ToList();
        foreach (var connection in connections) connection.Start(Instant.Zero);
        connections[2].HandleProgress(Instant.Zero);
        Assert.True(connections[2].TryTake(out var happened));
        Assert.Equal(new DtlsFailed(new DtlsBusy()), happened);
        foreach (var connection in connections) connection.Close(Instant.Zero);
    }

    private static void Talk(HandshakeRig rig)
    {
        rig.Client.Received.Clear();
        rig.Server.Received.Clear();
        rig.Server.Drain(rig.Client.Protect(1, 2, 3));
        rig.Client.Drain(rig.Server.Protect(4, 5));
        Assert.Equal([[1, 2, 3]], rig.Server.Received);
        Assert.Equal([[4, 5]], rig.Client.Received);
    }

    private static List<byte[]> Records(byte[] datagram)
    {
        var records = new List<byte[]>();
        var rest = datagram.AsSpan();
        while (DtlsRecordHeader.TryTake(ref rest, out _, out var record)) records.Add(record.ToArray());
        return records;
    }

    // A handshake message in two records, the later part first (RFC 6347 §4.2.3): type, length (3), number (2), offset (3), fragment's length (3), fragment.
    private static List<byte[]> Split(byte[] record, int at)
    {
        const int head = 12;
        var message = record.AsSpan(DtlsRecordHeader.Bytes);
        var body = message[head..];
        return [Fragment(record, message, at, body[at..], 1), Fragment(record, message, 0, body[..at], 0)];

        static byte[] Fragment(byte[] record, ReadOnlySpan<byte> message, int offset, ReadOnlySpan<byte> part, ulong further)
        {
            Assert.True(DtlsRecordHeader.TryParse(record, out var header));
            var fragment = new byte[DtlsRecordHeader.Bytes + head + part.Length];
            (header with { Number = new(header.Number.Value + further), Length = (ushort)(head + part.Length) }).Write(fragment);
            var body = fragment.AsSpan(DtlsRecordHeader.Bytes);
            message[..6].CopyTo(body);
            BinaryPrimitives.WriteUInt16BigEndian(body[7..], (ushort)offset);
            BinaryPrimitives.WriteUInt16BigEndian(body[10..], (ushort)part.Length);
            part.CopyTo(body[head..]);
            return fragment;
        }
    }
}
