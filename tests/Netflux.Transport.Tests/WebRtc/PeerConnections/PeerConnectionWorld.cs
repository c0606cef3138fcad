using System.Buffers;
using System.Net;
using Netflux.Core;
using Netflux.TestKit;
using Netflux.Transport.WebRtc.Dcep;
using Netflux.Transport.WebRtc.Dtls;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>Two peer connections, a network and a signaling between them; one thread, virtual time, one seed.</summary>
internal sealed class PeerConnectionWorld
{
    private static readonly DtlsIdentity s_identity = DtlsIdentity.Create(DateTimeOffset.UtcNow);

    private readonly PriorityQueue<Action, (long Ticks, long Order)> _due = new();
    private readonly SeededRandom _random;
    private readonly ulong _seed;
    private long _order;

    public PeerConnectionWorld(ulong seed)
    {
        (_seed, _random) = (seed, SeededRandom.For(seed, "network"));
        Offerer = new(this, "offerer", seed, 1);
        Answerer = new(this, "answerer", seed, 2);
    }

    public Instant Now { get; private set; } = new(TimeSpan.TicksPerHour);

    public Peer Offerer { get; }

    public Peer Answerer { get; }

    public double Loss { get; set; }

    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(10);

    public double Reordering { get; set; }

    /// <summary>How long signaling takes; each message at random up to twice that, so that they overtake one another, where <see cref="SignalingShuffles"/>.</summary>
    public TimeSpan SignalingLatency { get; set; } = TimeSpan.FromMilliseconds(20);

    public bool SignalingShuffles { get; set; }

    /// <summary>Nothing arrives any more, in either direction.</summary>
    public bool IsCut { get; set; }

    public Peer OtherOf(Peer peer) => peer == Offerer ? Answerer : Offerer;

    /// <summary>Goes on until something is so, or the time is over.</summary>
    public void RunUntil(Func<bool> isSo, TimeSpan limit)
    {
        var end = Now + limit;
        while (!isSo())
        {
            Pump();
            if (isSo()) return;
            var next = Instant.Earlier(_due.TryPeek(out _, out var at) ? new Instant(at.Ticks) : null, Instant.Earlier(Offerer.NextDeadline, Answerer.NextDeadline));
            // The simulated handshakes look at the time every 10 ms.
            var step = Now + TimeSpan.FromMilliseconds(10);
            Now = next is { } earlier && earlier < step ? Later(earlier, Now) : step;
            if (Now > end) Assert.Fail($"SEED={_seed}: after {limit} it is still not so. Offerer {Offerer.Describe()}, answerer {Answerer.Describe()}");
            while (_due.TryPeek(out _, out at) && at.Ticks <= Now.Ticks) _due.Dequeue()();
            foreach (var peer in new[] { Offerer, Answerer }) peer.HandleTime();
        }
    }

    public void Run(TimeSpan time)
    {
        var end = Now + time;
        RunUntil(() => Now >= end, time + TimeSpan.FromSeconds(1));
    }

    private static Instant Later(Instant left, Instant right) => left > right ? left : right;

    private void After(TimeSpan time, Action action) => _due.Enqueue(action, ((Now + time).Ticks, _order++));

    private void Pump()
    {
        while (Offerer.Pump() | Answerer.Pump())
        {
        }
    }

    private void Carry(Peer from, int socket, TransportAddress to, byte[] datagram)
    {
        if (IsCut || _random.Chance(Loss)) return;
        var latency = _random.Chance(Reordering) ? Latency * (1 + 2 * _random.NextDouble()) : Latency;
        var source = from.AddressOf(socket);
        var receiver = OtherOf(from);
        After(latency, () =>
        {
            if (!IsCut) receiver.Receive(source, to, datagram);
        });
    }

    private void Signal(Action action) => After(SignalingShuffles ? SignalingLatency * (2 * _random.NextDouble()) : SignalingLatency, action);

    internal sealed class Peer : ISocketPort
    {
        private readonly PeerConnectionWorld _world;
        private readonly SimulatedHandshakes _handshakes = new();
        private readonly HashSet<string> _fragments = [];
        private readonly List<TransportAddress> _sockets = [];
        private readonly byte _host;

        public Peer(PeerConnectionWorld world, string name, ulong seed, byte host)
        {
            (_world, Name, _host) = (world, name, host);
            _sockets.Add(TransportAddress.From(new IPAddress([10, 0, 0, host]), 5000));
            Connection = new(new(), s_identity, _handshakes, () => Connection!.HandleHandshakeProgress(world.Now), this, SeededRandom.For(seed, name));
        }

        public string Name { get; }

        public PeerConnection Connection { get; }

        public List<PeerConnectionState> States { get; } = [];

        public List<DataChannel> Opened { get; } = [];

        public List<DataChannel> Closed { get; } = [];

        public List<(DataChannel Channel, byte[] Bytes)> Messages { get; } = [];

        /// <summary>Whether messages are taken as they come.</summary>
        public bool Takes { get; set; } = true;

        /// <summary>What leaves, by the kinds of RFC 7983, for tests that lose some of it.</summary>
        public Func<DatagramKind, bool> Passes { get; set; } = _ => true;

        /// <summary>Addresses that another connection holds.</summary>
        public HashSet<TransportAddress> Taken { get; } = [];

        public TimeSpan? FirstResend => _handshakes.FirstResend;

        public int FurtherSockets => _sockets.Count - 1;

        public Instant? NextDeadline => Connection.NextDeadline;

        public LocalSocket Main => new(0, [_sockets[0]]);

        public LocalSocket? OpenFurther()
        {
            _sockets.Add(_sockets[0] with { Port = (ushort)(5000 + _sockets.Count) });
            return new(_sockets.Count - 1, [_sockets[^1]]);
        }

        public bool TryHold(int socket, in TransportAddress remote, bool isProven) => socket != 0 || !Taken.Contains(remote);

        public void Release(int socket, in TransportAddress remote)
        {
        }

        public bool TryAddFragment(string fragment) => _fragments.Add(fragment);

        public void RemoveFragment(string fragment) => _fragments.Remove(fragment);

        public TransportAddress AddressOf(int socket) => _sockets[socket];

        /// <summary>The NAT in front of this side forgets, and gives another port.</summary>
        public void Rebind() => _sockets[0] = _sockets[0] with { Port = (ushort)(_sockets[0].Port + 1000) };

        public void Receive(TransportAddress from, TransportAddress to, byte[] datagram)
        {
            var socket = _sockets.IndexOf(to);
            if (socket < 0) return;
            var rest = datagram.AsSpan();
            while (DatagramSplitter.Next(ref rest, out var message) is not DatagramKind.Unknown and var kind) Connection.HandleDatagram(socket, from, kind, message, _world.Now);
        }

        public void HandleTime()
        {
            if (Connection.NextDeadline <= _world.Now) Connection.HandleDeadline(_world.Now);
        }

        public bool Pump()
        {
            var any = _handshakes.Run(_world.Now);
            while (Connection.TryTake(out var instruction))
            {
                any = true;
                Carry(instruction);
            }
            while (Takes && Connection.TryReceive(_world.Now, out var message))
            {
                any = true;
                Messages.Add((message.Channel, message.Payload.ToArray()));
                ArrayPool<byte>.Shared.Return(message.Pooled);
            }
            var room = new byte[1500];
            while (Connection.TryTakeDatagram(room, _world.Now, out var length, out var socket, out var to))
            {
                any = true;
                if (Passes(DatagramSplitter.KindOf(room[0]))) _world.Carry(this, socket, to, room.AsSpan(0, length).ToArray());
            }
            return any;
        }

        public string Describe()
        {
            var report = Connection.Report();
            return $"{report.State}: {report.Why} ICE {report.Ice} DTLS {report.Dtls} SCTP {report.Sctp}";
        }

        private void Carry(PeerConnectionInstruction instruction)
        {
            var other = _world.OtherOf(this);
            switch (instruction)
            {
                case TellDescription i:
                    _world.Signal(() => Assert.True(other.Connection.TrySetRemoteDescription(i.IsOffer, i.Sdp, _world.Now, out var why), why));
                    break;
                case TellCandidate i:
                    _world.Signal(() => other.Connection.TryAddRemoteCandidate(i.Candidate, _world.Now));
                    break;
                case TellState i: States.Add(i.State); break;
                case TellChannelOpened i: Opened.Add(i.Channel); break;
                case TellChannelClosed i: Closed.Add(i.Channel); break;
            }
        }
    }
}
