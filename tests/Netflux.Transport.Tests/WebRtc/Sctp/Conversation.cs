using System.Buffers.Binary;
using Netflux.TestKit;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>
/// Many messages in one direction on streams of every kind of reliability, some of which are reset and used again on the way, and the check of what arrives: reliable messages all,
/// once, in order where ordered; others at most once, in order where ordered; nothing changed on the way, nothing of a stream's earlier life after its reset.
/// </summary>
internal sealed class Conversation
{
    private const int HeaderLength = 13;

    private readonly SctpWorld _world;
    private readonly SctpPeer _from;
    private readonly SeededRandom _random;
    private readonly Lane[] _lanes;
    private readonly byte[] _scratch = new byte[100_000];
    private readonly int _lengthMax;
    private int _left;

    /// <summary>One stream's part.</summary>
    private sealed class Lane(int stream, SendParameters how)
    {
        public StreamId Stream { get; } = new((ushort)stream);
        public SendParameters How { get; } = how;
        public bool IsReliable => How.RetransmitsMax is null && How.Lifetime is null;
        public int Life;
        public int Sent;
        public bool Resetting;
        public int LivesHeard;
        public int Arrived;
        public int LastArrived = -1;
        public HashSet<int> Seen { get; } = [];
        public int SentInAll;
        public int ArrivedInAll;
    }

    public Conversation(SctpWorld world, SctpPeer from, SctpPeer to, string name, int messages, int streams, int lengthMax)
    {
        _world = world;
        _from = from;
        _random = SeededRandom.For((ulong)world.Seed, name);
        _left = messages;
        _lengthMax = lengthMax;
        _lanes = [.. Enumerable.Range(0, streams).Select(stream => new Lane(stream * 3, new(PayloadProtocolId.Binary, Unordered: stream % 2 == 1,
            RetransmitsMax: (stream / 2 % 4) switch { 1 => 0, 2 => 2, _ => null }, Lifetime: stream / 2 % 4 == 3 ? TimeSpan.FromMilliseconds(1 + 40 * (stream / 8)) : null)))];
        to.Receive = OnMessage;
        to.Happen += OnEvent;
        from.BeforeFlush += Send;
        from.Happen += OnSenderEvent;
    }

    public List<string> Faults { get; } = [];

    /// <summary>Everything was accepted, and everything reliable has arrived.</summary>
    public bool IsDone => _left == 0 && _lanes.All(lane => !lane.Resetting && (!lane.IsReliable || lane.ArrivedInAll == lane.SentInAll));

    public int ArrivedInAll => _lanes.Sum(lane => lane.ArrivedInAll);

    public int SentInAll => _lanes.Sum(lane => lane.SentInAll);

    private void Send()
    {
        for (var burst = _random.Next(8); burst > 0 && _left > 0; burst--)
        {
            var lane = _lanes[_random.Next(_lanes.Length)];
            if (lane.Resetting) continue;
            var length = _random.Next(6) == 0 ? HeaderLength + _random.Next(_lengthMax) : HeaderLength + _random.Next(150);
            var message = _scratch.AsSpan(0, length);
            Fill(message, lane, lane.Life, lane.Sent);
            if (!_from.Association.TrySend(lane.Stream, lane.How, message, _world.Now)) continue;
            lane.Sent++;
            lane.SentInAll++;
            _left--;
            if (_random.Next(60) != 0) continue;
            lane.Resetting = true;
            _from.Association.ResetStream(lane.Stream, _world.Now);
        }
    }

    private void OnSenderEvent(SctpEvent happened)
    {
        if (happened is not StreamResetDone done || _lanes.FirstOrDefault(lane => lane.Stream == done.Stream) is not { } lane) return;
        if (!done.Performed) Faults.Add($"reset of {done.Stream} refused");
        lane.Resetting = false;
        lane.Life++;
        lane.Sent = 0;
    }

    private void OnEvent(SctpEvent happened)
    {
        if (happened is not StreamResetByPeer reset || _lanes.FirstOrDefault(lane => lane.Stream == reset.Stream) is not { } lane) return;
        if (lane.IsReliable && lane.Arrived != lane.Sent) Faults.Add($"stream {lane.Stream} was reset with {lane.Arrived} of {lane.Sent} messages");
        lane.LivesHeard++;
        lane.Arrived = 0;
        lane.LastArrived = -1;
        lane.Seen.Clear();
    }

    private void OnMessage(SctpMessage message)
    {
        var bytes = message.Payload;
        if (_lanes.FirstOrDefault(lane => lane.Stream == message.Stream) is not { } lane || bytes.Length < HeaderLength)
        {
            Faults.Add($"a message of {bytes.Length} bytes on stream {message.Stream} that nobody sent");
            return;
        }
        var (life, number) = (BinaryPrimitives.ReadInt32BigEndian(bytes[2..]), BinaryPrimitives.ReadInt32BigEndian(bytes[6..]));
        var expected = new byte[bytes.Length];
        Fill(expected, lane, life, number);
        if (!bytes.SequenceEqual(expected)) Faults.Add($"message {life}/{number} of stream {lane.Stream} was changed");
        if (life != lane.LivesHeard) Faults.Add($"message {life}/{number} of stream {lane.Stream} in its life {lane.LivesHeard}");
        if (!lane.Seen.Add(number)) Faults.Add($"message {life}/{number} of stream {lane.Stream} twice");
        if (!lane.How.Unordered && number <= lane.LastArrived) Faults.Add($"message {life}/{number} of stream {lane.Stream} after {lane.LastArrived}");
        if (!lane.How.Unordered && lane.IsReliable && number != lane.LastArrived + 1) Faults.Add($"message {life}/{number} of stream {lane.Stream} without the one before");
        lane.LastArrived = number;
        lane.Arrived++;
        lane.ArrivedInAll++;
    }

    /// <summary>Stream, life, number, length, and bytes that follow from them.</summary>
    private static void Fill(Span<byte> message, Lane lane, int life, int number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message, lane.Stream.Value);
        BinaryPrimitives.WriteInt32BigEndian(message[2..], life);
        BinaryPrimitives.WriteInt32BigEndian(message[6..], number);
        message[10] = (byte)(message.Length >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(message[11..], (ushort)message.Length);
        for (var i = HeaderLength; i < message.Length; i++) message[i] = (byte)(i * 31 + number * 7 + lane.Stream.Value + life);
    }
}
