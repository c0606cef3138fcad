using Netflux.TestKit;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.Tests.WebRtc.Dtls.Records;

/// <summary>
/// Many records from one end to the other over a net that loses, repeats, delays and forges them, and the check of what is opened: each that arrives whole and not too late, once;
/// nothing that was changed; and no nonce is used twice, from the library's Finished on. What is given from outside stands in for an end's part.
/// </summary>
internal sealed class RecordConversation(ulong seed)
{
    private const int DelayMax = 200;

    private readonly SeededRandom _random = SeededRandom.For(seed, "records");
    private readonly PriorityQueue<Arrival, (int Step, int Order)> _arrivals = new();
    private readonly HashSet<ulong> _opened = [];
    private readonly List<string> _faults = [];
    private ulong _highest;
    private int _order;

    private sealed record Arrival(byte[] Record, RecordNumber Number, byte[] Text, string? Changed);

    /// <summary>Sees every nonce, whatever lies above it.</summary>
    public NonceWatch Watch { get; } = new();

    /// <summary>Ours, or those that lie above the watch.</summary>
    public Func<IRecordCiphers, IRecordCiphers> Ciphers { get; set; } = watch => watch;

    /// <summary>What seals the next record, where the sender does not go on with what sealed the library's.</summary>
    public Func<DtlsRecords, DtlsRecords> Sealing { get; set; } = records => records;

    /// <summary>The receiver: the text of a record, or null.</summary>
    public Func<byte[], byte[]?>? Opening { get; set; }

    /// <summary>Ends of the same keys that know nothing of what was sealed and opened.</summary>
    public RecordsPair MakePair() => new(ciphers: Ciphers(Watch));

    public List<string> Run(int count)
    {
        var pair = MakePair();
        Opening ??= record => RecordsPair.Open(pair.Server, record);
        var finished = new byte[24 + DtlsRecords.Overhead];
        pair.Client.Seal(DtlsContentType.Handshake, 0, finished, 24);
        Travel(0, finished, new byte[24]);
        var outage = 0;
        for (var step = 1; step < count; step++)
        {
            var text = new byte[_random.Next(40)];
            _random.Fill(text);
            var record = RecordsPair.Seal(Sealing(pair.Client), DtlsContentType.ApplicationData, text);
            if (outage == 0 && _random.Chance(0.01)) outage = _random.Next(3 * 64);
            if (outage > 0) outage--;
            else Travel(step, record, text);
            Arrive(step);
        }
        Arrive(int.MaxValue);
        if (!Watch.UsedTwice.IsEmpty) _faults.Add($"{Watch.UsedTwice.Count} times a nonce was used twice");
        return _faults;
    }

    private void Travel(int step, byte[] record, byte[] text)
    {
        Assert.True(DtlsRecordHeader.TryParse(record, out var header));
        var isLost = _random.Chance(0.05);
        if (_random.Chance(0.3)) Send(step, Forge(record, header, text));
        if (!isLost) Send(step, new(record, header.Number, text, null));
        if (_random.Chance(0.1)) Send(step, new(record, header.Number, text, null));
    }

    private void Send(int step, Arrival arrival) => _arrivals.Enqueue(arrival, (step + (_random.Chance(0.3) ? _random.Next(DelayMax) : 0), _order++));

    private Arrival Forge(byte[] record, DtlsRecordHeader header, byte[] text)
    {
        var forged = record.ToArray();
        var what = _random.Next(5);
        switch (what)
        {
            case 0: (header with { Number = new(2, header.Number.Sequence) }).Write(forged); break;
            case 1: (header with { Number = new(1, header.Number.Sequence + 1 + (ulong)_random.Next(2_000)) }).Write(forged); break;
            case 2: (header with { Type = DtlsContentType.Alert }).Write(forged); break;
            case 3: forged[DtlsRecords.Headroom - 1 + _random.Next(text.Length + 1)] ^= 0x10; break;
            default: forged[^(1 + _random.Next(DtlsRecords.TagBytes))] ^= 0x10; break;
        }
        return new(forged, header.Number, text, what switch { 0 => "epoch", 1 => "number", 2 => "type", 3 => "text", _ => "tag" });
    }

    private void Arrive(int step)
    {
        while (_arrivals.TryPeek(out var arrival, out var due) && due.Step <= step)
        {
            _arrivals.Dequeue();
            Check(arrival, Opening!(arrival.Record));
        }
    }

    private void Check(Arrival arrival, byte[]? text)
    {
        var number = arrival.Number.Sequence;
        if (arrival.Changed is { } changed)
        {
            if (text is not null) _faults.Add($"record {number} was opened with its {changed} changed");
            return;
        }
        var isDue = !_opened.Contains(number) && (number > _highest || _highest - number < ReplayWindow.Width);
        if (text is null && isDue) _faults.Add($"record {number} was not opened, after {_highest}");
        if (text is null) return;
        if (!_opened.Add(number)) _faults.Add($"record {number} was opened twice");
        if (!text.AsSpan().SequenceEqual(arrival.Text)) _faults.Add($"record {number} says another thing");
        _highest = Math.Max(_highest, number);
    }
}
