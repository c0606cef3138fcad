using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

[Trait("Category", "Rim")]
public sealed class UdpSocketTests
{
    public static TheoryData<bool, bool, bool> Paths => new()
    {
        { true, true, true }, { true, false, true }, { false, true, true }, { false, false, true },
        { true, true, false }, { true, false, false }, { false, true, false }, { false, false, false },
    };

    [Theory, MemberData(nameof(Paths))]
    public void Datagrams_arrive_whatever_path_each_side_takes(bool sendsSegments, bool receivesJoined, bool hasThread)
    {
        using var received = new Received();
        using var to = Open(received, receivesJoined, hasThread);
        using var from = Open(received, sendsSegments);
        const int Size = 1000, Count = 40;
        var datagrams = new byte[Size * Count + 100];
        for (var i = 0; i <= Count; i++) WriteRecord(datagrams.AsSpan(i * Size, i < Count ? Size : 100), (byte)i);

        from.Send(datagrams, Size, from.AddressOf(TransportAddress.From(IPAddress.Loopback, to.Port))!);

        Assert.Equal(Enumerable.Range(0, Count + 1).Select(i => ((byte)i, i < Count ? Size : 100)), received.Take(Count + 1));
    }

    [Theory, InlineData("127.0.0.1"), InlineData("::1")]
    public void Both_families_reach_one_port(string address)
    {
        var ip = IPAddress.Parse(address);
        if (ip.AddressFamily == AddressFamily.InterNetworkV6 && !Socket.OSSupportsIPv6) return;
        using var received = new Received();
        using var to = Open(received);
        using var from = Open(received);
        var datagram = new byte[50];
        WriteRecord(datagram, 9);
        from.Send(datagram, datagram.Length, from.AddressOf(TransportAddress.From(ip, to.Port))!);
        Assert.Equal([((byte)9, 50)], received.Take(1));
        Assert.Equal(TransportAddress.From(ip, from.Port), received.From);
    }

    [Fact]
    public void A_larger_datagram_after_smaller_ones_stays_whole()
    {
        using var received = new Received();
        using var to = Open(received);
        using var from = Open(received);
        var address = from.AddressOf(TransportAddress.From(IPAddress.Loopback, to.Port))!;
        var small = new byte[200];
        WriteRecord(small.AsSpan(0, 100), 1);
        WriteRecord(small.AsSpan(100, 100), 2);
        var large = new byte[1400];
        WriteRecord(large, 3);
        from.Send(small, 100, address);
        from.Send(large, large.Length, address);
        Assert.Equal([((byte)1, 100), ((byte)2, 100), ((byte)3, 1400)], received.Take(3));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void An_empty_datagram_is_passed_over(bool hasThread)
    {
        using var received = new Received();
        using var to = Open(received, hasThread: hasThread);
        using var from = new UdpClient();
        var record = new byte[50];
        WriteRecord(record, 7);
        from.Send([], new IPEndPoint(IPAddress.Loopback, to.Port));
        from.Send(record, new IPEndPoint(IPAddress.Loopback, to.Port));
        Assert.Equal([((byte)7, 50)], received.Take(1));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Nobody_at_the_other_end_disturbs_nothing(bool hasThread)
    {
        using var received = new Received();
        using var to = Open(received, hasThread: hasThread);
        using var from = Open(received, hasThread: hasThread);
        int gone;
        using (var third = Open(received)) gone = third.Port;
        var datagram = new byte[50];
        WriteRecord(datagram, 1);
        for (var i = 0; i < 3; i++) from.Send(datagram, 50, from.AddressOf(TransportAddress.From(IPAddress.Loopback, gone))!);
        from.Send(datagram, 50, from.AddressOf(TransportAddress.From(IPAddress.Loopback, to.Port))!);
        to.Send(datagram, 50, to.AddressOf(TransportAddress.From(IPAddress.Loopback, from.Port))!);
        Assert.Equal(2, received.Take(2).Count);
    }

    [Fact]
    public void An_address_that_cannot_be_reached_does_not_end_offload_for_the_others()
    {
        using var received = new Received();
        using var from = Open(received);
        if (!from.CanSegment) return;
        // Nobody allowed this socket to broadcast (socket(7), SO_BROADCAST).
        from.Send(new byte[200], 100, from.AddressOf(TransportAddress.From(IPAddress.Broadcast, 9))!);
        Assert.True(from.CanSegment);
    }

    private static UdpSocket Open(Received received, bool offload = true, bool hasThread = true) =>
        UdpSocket.Open(0, 0, hasThread, new RtcPortOptions { Offload = offload }, received, NullLogger.Instance);

    private static void WriteRecord(Span<byte> datagram, byte mark)
    {
        datagram.Clear();
        (datagram[0], datagram[11], datagram[12], datagram[13]) = (23, (byte)((datagram.Length - 13) >> 8), (byte)(datagram.Length - 13), mark);
    }

    private sealed class Received : IUdpReceiver, IDisposable
    {
        private readonly BlockingCollection<(byte Mark, int Length)> _records = [];

        public TransportAddress From { get; private set; }

        public void HandleDatagrams(UdpSocket socket, in TransportAddress from, Span<byte> datagrams, bool more)
        {
            From = from;
            while (DatagramSplitter.Next(ref datagrams, out var run) != DatagramKind.Unknown)
            {
                while (!run.IsEmpty)
                {
                    var length = 13 + (run[11] << 8) + run[12];
                    _records.Add((run[13], length));
                    run = run[length..];
                }
            }
        }

        public List<(byte Mark, int Length)> Take(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => _records.TryTake(out var one, TimeSpan.FromSeconds(10)) ? one : throw new TimeoutException("A datagram did not arrive."))];

        public void Dispose() => _records.Dispose();
    }
}
