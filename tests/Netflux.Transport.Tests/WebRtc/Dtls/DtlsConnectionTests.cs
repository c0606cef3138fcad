using Netflux.Core;
using Netflux.TestKit;
using Netflux.Transport.Tests.WebRtc.Dtls.Records;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.Tests.WebRtc.Dtls;

public class DtlsConnectionTests
{
    private static readonly byte[] s_finished = [20, 0, 0, 12, 0, 4, 0, 0, 0, 0, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    private readonly ScriptedHandshake _handshake = new();
    private readonly RecordsPair _keys = new();

    [Fact]
    public void The_client_begins_at_once()
    {
        var connection = Create(DtlsRole.Client);
        connection.Start(Instant.Zero);
        Assert.True(_handshake.IsStarted);
        Assert.Equal(DtlsOptions.Default.FirstResend, _handshake.Request!.FirstResend);
    }

    [Fact]
    public void The_server_takes_a_thread_when_the_client_speaks_also_before_it_was_started()
    {
        var connection = Create(DtlsRole.Server);
        var hello = Plain(DtlsContentType.Handshake, 0, 1, 2, 3);
        Drain(connection, Plain(DtlsContentType.ApplicationData, 0, 9));
        Assert.Null(_handshake.Request);
        Drain(connection, hello);
        Assert.True(_handshake.IsStarted);
        Assert.Equal([hello], _handshake.Records);

        var started = new ScriptedHandshake();
        var other = new DtlsConnection(DtlsRole.Server, [DtlsFingerprint.Of([1])], started, () => { }, DtlsOptions.Default);
        other.Start(Instant.Zero);
        Assert.False(started.IsStarted);
        Drain(other, Plain(DtlsContentType.Alert, 0, 2, 40));
        Assert.False(started.IsStarted);
        Assert.Null(other.NextDeadline);
        Drain(other, hello);
        Assert.True(started.IsStarted);
        Assert.Equal(Instant.Zero + DtlsOptions.Default.HandshakeTimeout, other.NextDeadline);
    }

    [Theory, InlineData(1, 50), InlineData(40, 80), InlineData(3_000, 1_000)]
    public void The_first_resend_is_after_two_round_trips_within_limits(int roundTrip, int expected)
    {
        Create(DtlsRole.Client).Start(Instant.Zero, TimeSpan.FromMilliseconds(roundTrip));
        Assert.Equal(TimeSpan.FromMilliseconds(expected), _handshake.Request!.FirstResend);
    }

    [Fact]
    public void A_handshake_without_an_end_is_ended()
    {
        var connection = Create(DtlsRole.Client);
        connection.Start(Instant.Zero);
        var deadline = Instant.Zero + DtlsOptions.Default.HandshakeTimeout;
        Assert.Equal(deadline, connection.NextDeadline);
        connection.HandleDeadline(deadline - TimeSpan.FromTicks(1));
        Assert.Empty(Events(connection));
        connection.HandleDeadline(deadline);
        Assert.True(_handshake.IsCancelled);
        Assert.Equal([new DtlsFailed(new DtlsTimeout())], Events(connection));
        Assert.Null(connection.NextDeadline);
    }

    [Fact]
    public void A_failure_is_told_after_the_alert_that_goes_with_it_is_there()
    {
        var connection = Create(DtlsRole.Client);
        connection.Start(Instant.Zero);
        _handshake.Datagrams.Enqueue(new byte[] { 1 });
        _handshake.Outcome = new DtlsHandshakeFailed(new DtlsFingerprintMismatch());
        connection.HandleProgress(Instant.Zero);
        Assert.Equal([new DtlsFailed(new DtlsFingerprintMismatch())], Events(connection));
        Assert.Equal([[1]], Datagrams(connection));
        Assert.Equal(0, connection.Protect(new byte[100], 10));
    }

    [Fact]
    public void Data_that_came_before_our_handshake_was_complete_is_opened_after_it()
    {
        // client → Finished ─┬→ lost or late
        // client → INIT ─────┘  arrives first: kept
        var connection = Create(DtlsRole.Server);
        Drain(connection, Plain(DtlsContentType.Handshake, 0, 1));
        Assert.Empty(Drain(connection, RecordsPair.Seal(_keys.Client, DtlsContentType.ApplicationData, 1, 2)));
        Assert.Empty(Drain(connection, RecordsPair.Seal(_keys.Client, DtlsContentType.ApplicationData, 3)));
        Succeed(connection);
        Assert.Equal([[1, 2], [3]], Drain(connection, []));
        Assert.Single(_handshake.Records);
    }

    [Fact]
    public void No_more_early_data_is_kept_than_there_is_room_for()
    {
        var connection = Create(DtlsRole.Client);
        connection.Start(Instant.Zero);
        for (byte i = 0; i < 100; i++) Drain(connection, RecordsPair.Seal(_keys.Server, DtlsContentType.ApplicationData, i));
        Drain(connection, RecordsPair.Seal(_keys.Server, DtlsContentType.ApplicationData, new byte[DtlsOptions.Default.HandshakeRecordBytesMax]));
        Succeed(connection);
        Assert.Equal(DtlsOptions.Default.EarlyRecordsMax, Drain(connection, []).Count);
    }

    [Fact]
    public void An_early_close_is_heard_as_well()
    {
        var connection = Create(DtlsRole.Client);
        connection.Start(Instant.Zero);
        Drain(connection, RecordsPair.Seal(_keys.Server, DtlsContentType.Alert, 1, 0));
        Succeed(connection);
        Drain(connection, []);
        Assert.Equal([new DtlsConnected(DtlsCipherSuite.EcdheEcdsaAes128GcmSha256), new DtlsClosed()], Events(connection));
    }

    [Fact]
    public void The_server_answers_a_repeated_Finished_with_its_own_last_flight_each_time_under_new_numbers()
    {
        var connection = Connected(DtlsRole.Server, new DtlsLastFlight(7, s_finished));
        for (ulong time = 0; time < 3; time++)
        {
            Drain(connection, RecordsPair.Seal(_keys.Client, DtlsContentType.Handshake, s_finished));
            var rest = Assert.Single(Datagrams(connection)).AsSpan();
            Assert.True(DtlsRecordHeader.TryTake(ref rest, out var header, out var record));
            Assert.Equal(new(DtlsContentType.ChangeCipherSpec, DtlsRecordHeader.Version12, new(0, 7 + time), 1), header);
            Assert.Equal([1], record[DtlsRecordHeader.Bytes..].ToArray());
            Assert.True(DtlsRecordHeader.TryParse(rest, out header));
            Assert.Equal(new(1, time), header.Number);
            Assert.Equal(s_finished, RecordsPair.Open(_keys.Client, rest));
        }
    }

    [Fact]
    public void No_more_last_flights_wait_to_be_sent_than_there_is_room_for()
    {
        var connection = Connected(DtlsRole.Server, new DtlsLastFlight(7, s_finished));
        for (var i = 0; i < 1_000; i++) Drain(connection, RecordsPair.Seal(_keys.Client, DtlsContentType.Handshake, s_finished));
        Assert.Equal(DtlsOptions.Default.HandshakeDatagramsMax, Datagrams(connection).Count);
        Drain(connection, RecordsPair.Seal(_keys.Client, DtlsContentType.Handshake, s_finished));
        Assert.Single(Datagrams(connection));
    }

    [Fact]
    public void Nobody_else_can_have_the_last_flight_sent()
    {
        var connection = Connected(DtlsRole.Server, new DtlsLastFlight(7, s_finished));
        var finished = RecordsPair.Seal(_keys.Client, DtlsContentType.Handshake, s_finished);
        Drain(connection, finished);
        Datagrams(connection);
        Drain(connection, finished);
        Drain(connection, Plain(DtlsContentType.Handshake, 3, s_finished));
        finished[^1] ^= 1;
        Drain(connection, finished);
        Assert.Empty(Datagrams(connection));
    }

    [Fact]
    public void The_client_has_no_last_flight_and_nobody_renegotiates()
    {
        var client = Connected(DtlsRole.Client, null);
        Drain(client, RecordsPair.Seal(_keys.Server, DtlsContentType.Handshake, s_finished));
        Drain(client, RecordsPair.Seal(_keys.Server, DtlsContentType.Handshake, 0, 0, 0, 0));
        Drain(client, RecordsPair.Seal(_keys.Server, DtlsContentType.Handshake));
        Assert.Empty(Datagrams(client));
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void A_close_is_answered_and_ends_the_connection()
    {
        var connection = Connected(DtlsRole.Server, null);
        Assert.Equal([[5]], Drain(connection, [.. RecordsPair.Seal(_keys.Client, DtlsContentType.ApplicationData, 5), .. RecordsPair.Seal(_keys.Client, DtlsContentType.Alert, 1, 0), .. RecordsPair.Seal(_keys.Client, DtlsContentType.ApplicationData, 6)]));
        Assert.Equal([new DtlsClosed()], Events(connection));
        Assert.Equal([1, 0], RecordsPair.Open(_keys.Client, Assert.Single(Datagrams(connection))));
        Assert.Equal(0, connection.Protect(new byte[100], 10));
    }

    [Fact]
    public void Our_close_is_told_once()
    {
        var connection = Connected(DtlsRole.Server, null);
        connection.Close(Instant.Zero);
        connection.Close(Instant.Zero);
        Assert.Equal([1, 0], RecordsPair.Open(_keys.Client, Assert.Single(Datagrams(connection))));
        Assert.Empty(Events(connection));
    }

    [Fact]
    public void A_handshake_that_is_closed_is_cancelled()
    {
        var connection = Create(DtlsRole.Client);
        connection.Start(Instant.Zero);
        connection.Close(Instant.Zero);
        Assert.True(_handshake.IsCancelled);
        Assert.Empty(Datagrams(connection));
        Assert.Null(connection.NextDeadline);
    }

    [Fact]
    public void A_close_is_told_also_where_the_handshake_has_just_ended()
    {
        var connection = Create(DtlsRole.Server);
        connection.Start(Instant.Zero);
        _handshake.Outcome = new DtlsHandshakeSucceeded(_keys.Server, DtlsCipherSuite.EcdheEcdsaAes128GcmSha256, null);
        connection.Close(Instant.Zero);
        Assert.False(_handshake.IsCancelled);
        Assert.Equal([1, 0], RecordsPair.Open(_keys.Client, Assert.Single(Datagrams(connection))));
    }

    [Fact]
    public void A_fatal_alert_ends_the_connection_a_warning_does_not()
    {
        var connection = Connected(DtlsRole.Server, null);
        Drain(connection, RecordsPair.Seal(_keys.Client, DtlsContentType.Alert, 1, 90));
        Drain(connection, RecordsPair.Seal(_keys.Client, DtlsContentType.Alert, 2));
        Drain(connection, RecordsPair.Seal(_keys.Client, DtlsContentType.Alert, 2, 40, 0));
        Assert.Empty(Events(connection));
        Drain(connection, RecordsPair.Seal(_keys.Client, DtlsContentType.Alert, 2, 40));
        Assert.Equal([new DtlsFailed(new DtlsAlertReceived(DtlsAlert.HandshakeFailure))], Events(connection));
    }

    [Fact]
    public void Alerts_in_the_clear_are_ignored_once_there_are_keys()
    {
        var connection = Connected(DtlsRole.Server, null);
        Drain(connection, Plain(DtlsContentType.Alert, 9, 2, 40));
        Drain(connection, Plain(DtlsContentType.Alert, 10, 1, 0));
        Assert.Empty(Events(connection));
        Assert.Equal([[1]], Drain(connection, RecordsPair.Seal(_keys.Client, DtlsContentType.ApplicationData, 1)));
    }

    [Fact]
    public void A_corrupt_or_replayed_record_is_dropped_and_those_around_it_live()
    {
        var connection = Connected(DtlsRole.Server, null);
        var (first, second, third) = (RecordsPair.Seal(_keys.Client, DtlsContentType.ApplicationData, 1), RecordsPair.Seal(_keys.Client, DtlsContentType.ApplicationData, 2), RecordsPair.Seal(_keys.Client, DtlsContentType.ApplicationData, 3));
        var corrupt = second.ToArray();
        corrupt[^1] ^= 1;
        Assert.Equal([[1], [2], [3]], Drain(connection, [.. first, .. corrupt, .. first, .. second, .. third, .. third]));
    }

    [Fact]
    public void Keys_are_not_used_more_often_than_they_may_be()
    {
        var sending = Connected(DtlsRole.Server, null, new() { RecordsMax = 3 });
        var buffer = new byte[100];
        for (var i = 0; i < 3; i++) Assert.NotEqual(0, sending.Protect(buffer, 10));
        Assert.Equal(0, sending.Protect(buffer, 10));
        Assert.Equal([new DtlsFailed(new DtlsKeysExhausted())], Events(sending));
    }

    [Fact]
    public void Nor_are_more_records_opened_or_forgeries_suffered()
    {
        var receiving = Connected(DtlsRole.Server, null, new() { RecordsMax = 3 });
        for (byte i = 0; i < 2; i++) Assert.Equal([[i]], Drain(receiving, RecordsPair.Seal(_keys.Client, DtlsContentType.ApplicationData, i)));
        Assert.Empty(Drain(receiving, RecordsPair.Seal(_keys.Client, DtlsContentType.ApplicationData, 2)));
        Assert.Equal([new DtlsFailed(new DtlsKeysExhausted())], Events(receiving));
    }

    [Fact]
    public void Forgeries_end_the_connection_at_their_limit()
    {
        var connection = Connected(DtlsRole.Server, null, new() { ForgeriesMax = 2 });
        var forged = RecordsPair.Seal(_keys.Client, DtlsContentType.ApplicationData, 1);
        forged[^1] ^= 1;
        Drain(connection, forged);
        Assert.Empty(Events(connection));
        Drain(connection, forged);
        Assert.Equal([new DtlsFailed(new DtlsKeysExhausted())], Events(connection));
    }

    [Theory, InlineData(1UL), InlineData(2UL), InlineData(3UL)]
    public void No_bytes_throw_before_while_or_after_the_handshake(ulong seed)
    {
        var random = new SeededRandom(seed);
        foreach (var role in Enum.GetValues<DtlsRole>())
        {
            var connection = Create(role);
            for (var i = 0; i < 9_000; i++)
            {
                if (i == 3_000) connection.Start(Instant.Zero);
                if (i == 6_000) Succeed(connection, new DtlsLastFlight(7, s_finished));
                Drain(connection, Fuzz(random, role));
                Datagrams(connection);
            }
            Assert.DoesNotContain(Events(connection), happened => happened is DtlsFailed);
            Assert.True(connection.IsConnected);
        }
    }

    // Random bytes, random bytes behind a likely head, and damaged records.
    private byte[] Fuzz(SeededRandom random, DtlsRole role)
    {
        var bytes = new byte[random.Next(200)];
        random.Fill(bytes);
        if (random.Chance(0.2)) return bytes;
        if (random.Chance(0.5))
        {
            if (bytes.Length > DtlsRecordHeader.Bytes)
                new DtlsRecordHeader((DtlsContentType)(20 + random.Next(4)), DtlsRecordHeader.Version12, new((ushort)random.Next(3), (ulong)random.Next(100)), (ushort)random.Next(bytes.Length)).Write(bytes);
            return bytes;
        }
        var record = RecordsPair.Seal(role == DtlsRole.Client ? _keys.Server : _keys.Client, (DtlsContentType)(20 + random.Next(4)), bytes);
        record[random.Next(record.Length)] ^= (byte)(1 + random.Next(255));
        return record[..random.Next(record.Length + 1)];
    }

    private DtlsConnection Create(DtlsRole role, DtlsOptions? options = null) => new(role, [DtlsFingerprint.Of([1])], _handshake, () => { }, options ?? DtlsOptions.Default);

    private DtlsConnection Connected(DtlsRole role, DtlsLastFlight? lastFlight, DtlsOptions? options = null)
    {
        var connection = Create(role, options);
        connection.Start(Instant.Zero);
        Succeed(connection, lastFlight);
        Assert.Equal([new DtlsConnected(DtlsCipherSuite.EcdheEcdsaAes128GcmSha256)], Events(connection));
        return connection;
    }

    private void Succeed(DtlsConnection connection, DtlsLastFlight? lastFlight = null)
    {
        _handshake.Outcome = new DtlsHandshakeSucceeded(_handshake.Request!.Role == DtlsRole.Client ? _keys.Client : _keys.Server, DtlsCipherSuite.EcdheEcdsaAes128GcmSha256, lastFlight);
        connection.HandleProgress(Instant.Zero);
    }

    private static byte[] Plain(DtlsContentType type, ulong sequence, params ReadOnlySpan<byte> text)
    {
        var record = new byte[DtlsRecordHeader.Bytes + text.Length];
        new DtlsRecordHeader(type, DtlsRecordHeader.Version12, new(0, sequence), (ushort)text.Length).Write(record);
        text.CopyTo(record.AsSpan(DtlsRecordHeader.Bytes));
        return record;
    }

    private static List<byte[]> Drain(DtlsConnection connection, byte[] datagram)
    {
        var received = new List<byte[]>();
        var rest = datagram.ToArray().AsSpan();
        while (connection.TryOpen(ref rest, Instant.Zero, out var plaintext)) received.Add(plaintext.ToArray());
        return received;
    }

    private static List<byte[]> Datagrams(DtlsConnection connection)
    {
        var datagrams = new List<byte[]>();
        while (connection.TryTakeDatagram(out var datagram)) datagrams.Add(datagram.ToArray());
        return datagrams;
    }

    private static List<DtlsEvent> Events(DtlsConnection connection)
    {
        var events = new List<DtlsEvent>();
        while (connection.TryTake(out var happened)) events.Add(happened);
        return events;
    }
}
