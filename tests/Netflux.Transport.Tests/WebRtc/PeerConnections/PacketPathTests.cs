using Netflux.Transport.WebSockets;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>
/// What an open connection allocates: nothing, whatever goes over it. All of it is counted, of both ends: SCTP's chunks and acknowledgements, the records around them, the messages that
/// come out, deadlines, and ICE's checks and answers.
/// </summary>
/// <remarks>Alone in the process, because arrays are lent by a pool that is everybody's: others would take from it what the path has given back.</remarks>
[Collection(MeasuredTests.Name)]
public sealed class PacketPathTests
{
    private const int MessageBytes = 1_024;

    /// <summary>So often it is counted; what the path itself allocates shows each time, and arrays that a collection took from the pool between do not.</summary>
    private const int Rounds = 5;

    [Theory, InlineData(true), InlineData(false)]
    public void Messages_both_ways_allocate_nothing(bool interleaving)
    {
        const int count = 2_000;
        var options = new PeerConnectionOptions();
        var path = new PacketPath(options with { Sctp = options.Sctp with { Interleaving = interleaving } }).Connect();
        Talk(path, count); // pools and queues become as large as they will be
        var (left, right) = (path.Left.Received, path.Right.Received);

        Assert.Equal(0, CostOf(() => Talk(path, count)));

        Assert.Equal(Rounds * count * MessageBytes, path.Left.Received - left);
        Assert.Equal(Rounds * count * MessageBytes, path.Right.Received - right);
    }

    [Fact]
    public void Consent_asked_for_and_given_allocates_nothing()
    {
        var path = new PacketPath().Connect();
        Idle(path, TimeSpan.FromMinutes(1));
        var (left, right) = (path.Left.Checks, path.Right.Checks);

        Assert.Equal(0, CostOf(() => Idle(path, TimeSpan.FromMinutes(10))));

        // RFC 7675 §5.1: a check of each side every 5 s, and an answer to each of the other's.
        Assert.InRange(path.Left.Checks - left, Rounds * 10 * 60 / 5 * 2 * 0.9, Rounds * 10 * 60 / 5 * 2 * 1.1);
        Assert.InRange(path.Right.Checks - right, Rounds * 10 * 60 / 5 * 2 * 0.9, Rounds * 10 * 60 / 5 * 2 * 1.1);
    }

    /// <summary>As much as the windows take, and deadlines between.</summary>
    private static void Talk(PacketPath path, int messages)
    {
        Span<byte> message = stackalloc byte[MessageBytes];
        for (var i = 0; i < messages; i++)
        {
            Send(path, path.Left, message);
            Send(path, path.Right, message);
            if (i % 8 == 0) path.Step(TimeSpan.FromMilliseconds(1));
        }
        Idle(path, TimeSpan.FromSeconds(1));
    }

    private static void Send(PacketPath path, PacketPath.End end, ReadOnlySpan<byte> message)
    {
        while (end.Connection.Send(end.Channel!, message, isText: false, path.Now) != SendOutcome.Accepted) path.Step(TimeSpan.FromMilliseconds(1));
    }

    private static void Idle(PacketPath path, TimeSpan time)
    {
        for (var end = path.Now + time; path.Now < end;) path.Step(TimeSpan.FromMilliseconds(20));
    }

    /// <summary>Bytes that the cheapest round allocates.</summary>
    private static long CostOf(Action round)
    {
        var least = long.MaxValue;
        for (var i = 0; i < Rounds; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
