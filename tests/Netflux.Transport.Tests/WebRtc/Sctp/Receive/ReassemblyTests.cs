using Netflux.TestKit;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Receive;

/// <summary>Both reassemblies, of DATA and of I-DATA, at their limits: what is refused, and that everything which was charged is given back.</summary>
public sealed class ReassemblyTests
{
    private const int MessageMax = 1_000;
    private const int OpenMax = 8;

    private static readonly SctpOptions s_options = SctpOptions.Default with { ReceivedMessageBytesMax = MessageMax, OpenMessagesMax = OpenMax };

    /// <summary>One of them, with all that it needs.</summary>
    private sealed class Rig
    {
        public Rig(bool interleaving)
        {
            Buffer = new(s_options);
            Streams = new(Buffer, interleaving);
            Reassembly = interleaving ? new IDataReassembly(s_options, Buffer, Streams) : new DataReassembly(s_options, Buffer, Streams);
        }

        public ReceiveBuffer Buffer { get; }

        public InboundStreams Streams { get; }

        public IReassembly Reassembly { get; }

        public Taken InOrder(uint tsn, DataFlags flags, int length, uint fragment = 0, uint number = 0) => Reassembly.AddInOrder(Header(tsn, flags, fragment, number), new byte[length]);

        public Taken Ahead(uint tsn, DataFlags flags, int length, uint fragment = 0, uint number = 0) => Reassembly.AddAhead(Header(tsn, flags, fragment, number), new byte[length]);

        /// <summary>The lengths of what has come out.</summary>
        public List<int> Take()
        {
            var taken = new List<int>();
            while (Streams.TryTake(out var message))
            {
                taken.Add(message.Length);
                message.Release();
            }
            return taken;
        }

        private static DataHeader Header(uint tsn, DataFlags flags, uint fragment, uint number) => new(new(tsn), new(3), flags, number, PayloadProtocolId.Binary, fragment);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_message_of_the_greatest_length_is_taken_and_a_byte_more_is_not(bool interleaving)
    {
        var rig = new Rig(interleaving);
        Assert.Equal(Taken.Yes, rig.InOrder(1, DataFlags.Begin, 600));
        Assert.Equal(Taken.Yes, rig.InOrder(2, DataFlags.End, 400, fragment: 1));
        Assert.Equal([MessageMax], rig.Take());
        Assert.Equal(Taken.Yes, rig.InOrder(3, DataFlags.Begin, 600, number: 1));
        Assert.Equal(Taken.TooLong, rig.InOrder(4, DataFlags.End, 401, fragment: 1, number: 1));
        rig.Reassembly.Drop();
        Assert.Equal(0, rig.Buffer.Used);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void So_it_is_behind_a_gap(bool interleaving)
    {
        var rig = new Rig(interleaving);
        Assert.Equal(Taken.Yes, rig.Ahead(12, DataFlags.End, 400, fragment: 1));
        Assert.Equal(Taken.Yes, rig.Ahead(11, DataFlags.Begin, 600));
        Assert.Equal([MessageMax], rig.Take());
        Assert.Equal(Taken.Yes, rig.Ahead(22, DataFlags.End, 401, fragment: 1, number: 1));
        Assert.Equal(Taken.TooLong, rig.Ahead(21, DataFlags.Begin, 600, number: 1));
        rig.Reassembly.Drop();
        Assert.Equal(0, rig.Buffer.Used);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_chunk_that_is_longer_than_a_message_may_be_is_not_taken(bool interleaving)
    {
        foreach (var flags in new[] { DataFlags.Whole, DataFlags.Begin })
        {
            Assert.Equal(Taken.TooLong, new Rig(interleaving).InOrder(1, flags, MessageMax + 1));
            Assert.Equal(Taken.TooLong, new Rig(interleaving).Ahead(5, flags, MessageMax + 1));
        }
        Assert.Equal(Taken.Yes, new Rig(interleaving).Ahead(5, DataFlags.Whole, MessageMax));
    }

    [Fact]
    public void Messages_that_are_open_at_once_have_their_limit_and_go_on_at_it()
    {
        var rig = new Rig(interleaving: true);
        for (uint i = 0; i < OpenMax; i++) Assert.Equal(Taken.Yes, rig.InOrder(i, DataFlags.Begin, 10, number: i));
        Assert.Equal(Taken.TooMany, rig.InOrder(100, DataFlags.Begin, 10, number: 100));
        Assert.Equal(Taken.TooMany, rig.Ahead(101, DataFlags.None, 10, fragment: 5, number: 101));
        Assert.Equal(Taken.Yes, rig.InOrder(102, DataFlags.Whole, 10, number: 0)); // its number will be used up when its turn comes
        for (uint i = 1; i < OpenMax; i++) Assert.Equal(Taken.Yes, rig.InOrder(200 + i, DataFlags.End, 10, fragment: 1, number: i));
        Assert.Equal(Enumerable.Repeat(20, OpenMax - 1).Prepend(10), rig.Take());
        Assert.Equal(Taken.Yes, rig.InOrder(300, DataFlags.Begin, 10, number: 300));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void What_the_sender_gives_up_is_given_back(bool interleaving)
    {
        var rig = new Rig(interleaving);
        rig.InOrder(1, DataFlags.Begin, 100);
        rig.InOrder(2, DataFlags.None, 100, fragment: 1);
        rig.Ahead(4, DataFlags.None, 100, fragment: 3);
        Assert.InRange(rig.Buffer.Used, 300, 600);
        var room = new byte[100];
        var length = ForwardTsnChunk.Write(room, interleaving, new(5), [new(new(3), false, 0)]);
        Assert.True(ForwardTsnChunk.TryParse(new Chunk(room.AsSpan(0, length)), out var forward));
        rig.Reassembly.Forward(new(2), new(5), forward);
        Assert.Equal(0, rig.Buffer.Used);
        // The message behind it comes out at once.
        rig.InOrder(6, DataFlags.Whole, 50, number: 1);
        Assert.Equal([50], rig.Take());
    }

    [Theory, InlineData(true), InlineData(false)]
    public void In_whatever_order_chunks_come_all_messages_come_out_and_nothing_stays_charged(bool interleaving)
    {
        for (var seed = 0; seed < 200; seed++) Shuffle(seed, interleaving);
    }

    private static void Shuffle(int seed, bool interleaving)
    {
        var random = SeededRandom.For((ulong)seed, "reassembly");
        var receiver = new DataReceiver(s_options, new(uint.MaxValue - 50), interleaving ? Capabilities.Interleaving : Capabilities.None);
        var (chunks, lengths) = Cut(random);
        // Each once or twice, in an order in which hardly anything is where it was; dropped in the middle of it, where the seed says so.
        var arriving = chunks.Concat(chunks.Where(_ => random.Chance(0.2))).OrderBy(_ => random.Next()).ToList();
        var end = random.Chance(0.3) ? random.Next(arriving.Count) : arriving.Count;
        foreach (var (header, length) in arriving.Take(end)) Assert.Equal(Received.Fine, receiver.OnData(header, new byte[length]));
        if (end < arriving.Count) receiver.Drop();
        var taken = new List<int>();
        while (receiver.TryReceive(out var message))
        {
            taken.Add(message.Length);
            message.Release();
        }
        if (end == arriving.Count) Assert.True(lengths.Order().SequenceEqual(taken.Order()), $"seed {seed}: {string.Join(' ', taken)} of {string.Join(' ', lengths)}");
        Assert.True(receiver.UsedBytes == 0, $"seed {seed}: {receiver.UsedBytes} bytes are still charged.");
    }

    /// <summary>Messages of three streams, some of them unordered, one behind the other; no more at once than may be open.</summary>
    private static (List<(DataHeader Header, int Length)> Chunks, List<int> Lengths) Cut(SeededRandom random)
    {
        var chunks = new List<(DataHeader, int)>();
        var lengths = new List<int>();
        var tsn = new Tsn(uint.MaxValue - 50);
        var (ordered, unordered) = (new uint[3], new uint[3]);
        for (var i = 0; i < OpenMax; i++)
        {
            var stream = random.Next(3);
            var isUnordered = random.Chance(0.3);
            var number = isUnordered ? unordered[stream]++ : ordered[stream]++;
            var count = 1 + random.Next(10);
            var total = 0;
            for (uint fragment = 0; fragment < count; fragment++)
            {
                var length = 1 + random.Next(MessageMax / 10);
                var flags = (fragment == 0 ? DataFlags.Begin : 0) | (fragment == count - 1 ? DataFlags.End : 0) | (isUnordered ? DataFlags.Unordered : 0);
                chunks.Add((new(tsn, new((ushort)stream), flags, number, PayloadProtocolId.Binary, fragment), length));
                tsn = tsn.Next;
                total += length;
            }
            lengths.Add(total);
        }
        return (chunks, lengths);
    }
}
