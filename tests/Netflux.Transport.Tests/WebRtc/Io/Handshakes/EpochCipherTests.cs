using Netflux.Transport.Tests.WebRtc.Dtls.Records;
using Netflux.Transport.WebRtc.Dtls.Records;
using Netflux.Transport.WebRtc.Io.Handshakes;
using Org.BouncyCastle.Tls;

namespace Netflux.Transport.Tests.WebRtc.Io.Handshakes;

/// <summary>Two counters draw the numbers of one key: the library's while the handshake runs, the connection's afterwards. A number is a nonce, so none may be drawn twice.</summary>
public class EpochCipherTests
{
    private readonly NonceWatch _watch = new();
    private readonly EpochCipher _library;
    private readonly DtlsRecords _connection;

    public EpochCipherTests()
    {
        _connection = new RecordsPair(ciphers: _watch).Client;
        _library = new(_connection);
    }

    [Fact]
    public void The_connection_goes_on_above_the_librarys_numbers()
    {
        Assert.Equal(0UL, LibrarySeals(0));
        Assert.Equal(1UL, LibrarySeals(1));
        Assert.Equal(2UL, ConnectionSeals());
        Assert.Equal(3UL, ConnectionSeals());
        Assert.Equal(4UL, LibrarySeals(4));
        Assert.Empty(_watch.UsedTwice);
    }

    [Fact]
    public void The_library_is_not_let_use_what_the_connection_has_used()
    {
        LibrarySeals(0);
        ConnectionSeals();
        var used = _watch.Sealed;
        Assert.Throws<InvalidOperationException>(() => LibrarySeals(0));
        Assert.Throws<InvalidOperationException>(() => LibrarySeals(1));
        Assert.Equal(used, _watch.Sealed);
    }

    [Theory, InlineData(0), InlineData(2)]
    public void The_library_is_not_let_seal_in_another_epoch(ushort epoch)
    {
        Assert.Throws<InvalidOperationException>(() => LibrarySeals(7, epoch));
        Assert.Equal(0, _watch.Sealed);
        Assert.Equal(0UL, _connection.Sealed);
    }

    // BouncyCastle's numbers have the epoch above the sequence, as those on the wire.
    private ulong LibrarySeals(ulong sequence, ushort epoch = DtlsRecords.Epoch)
    {
        var result = _library.EncodePlaintext((long)new RecordNumber(epoch, sequence).Value, ContentType.handshake, ProtocolVersion.DTLSv12, DtlsRecordHeader.Bytes, [20]);
        return SequenceOf(result.buf.AsSpan(result.off, result.len));
    }

    private ulong ConnectionSeals() => SequenceOf(RecordsPair.Seal(_connection, DtlsContentType.ApplicationData, 1));

    private static ulong SequenceOf(ReadOnlySpan<byte> record)
    {
        Assert.True(DtlsRecordHeader.TryParse(record, out var header));
        return header.Number.Sequence;
    }
}
