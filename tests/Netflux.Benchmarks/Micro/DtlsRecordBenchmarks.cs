using BenchmarkDotNet.Attributes;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Benchmarks.Micro;

/// <summary>What DTLS costs for each packet of data: sealed at one end and opened at the other. Nothing is to be allocated.</summary>
[Config(typeof(InProcess)), MemoryDiagnoser]
public sealed class DtlsRecordBenchmarks : IDisposable
{
    private readonly byte[] _buffer = new byte[1_500];
    private DtlsRecords _sender = null!;
    private DtlsRecords _receiver = null!;

    /// <summary>Bytes of plaintext; 1,180 are those of a full packet.</summary>
    [Params(16, 1_180)]
    public int Bytes { get; set; }

    /// <summary>Two ends of one key.</summary>
    [GlobalSetup]
    public void Open()
    {
        var suite = DtlsCipherSuite.EcdheEcdsaAes128GcmSha256;
        _sender = new(new(new byte[DtlsRecordKeys.BlockBytes(suite)], DtlsRole.Client), AesGcmCiphers.Instance);
        _receiver = new(new(new byte[DtlsRecordKeys.BlockBytes(suite)], DtlsRole.Server), AesGcmCiphers.Instance);
    }

    /// <summary>Erases the keys.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    /// <summary>Sealed alone.</summary>
    [Benchmark]
    public int Seal() => _sender.Seal(DtlsContentType.ApplicationData, _buffer, Bytes);

    /// <summary>Sealed and opened.</summary>
    [Benchmark]
    public bool SealAndOpen()
    {
        var rest = _buffer.AsSpan(0, _sender.Seal(DtlsContentType.ApplicationData, _buffer, Bytes));
        return DtlsRecordHeader.TryTake(ref rest, out var header, out var record) && _receiver.TryOpen(header, record[DtlsRecordHeader.Bytes..], out _);
    }
}
