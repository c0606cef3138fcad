using System.Buffers;
using System.Net;
using Netflux.Core;
using Netflux.TestKit;
using Netflux.Transport.WebRtc.Dcep;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Io;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>Two processes with one port each, peer connections between them, a network and a signaling; one thread, virtual time, one seed.</summary>
internal sealed class PeerConnectionWorld
{
    private static readonly DtlsIdentity s_identity = DtlsIdentity.Create(DateTimeOffset.UtcNow);

    private readonly PriorityQueue<Action, (long Ticks, long Order)> _due = new();
    private readonly List<Peer> _peers = [];
    private readonly SeededRandom _random;
    private readonly ulong _seed;
    private long _order;

    public PeerConnectionWorld(ulong seed)
    {
        (_seed, _random) = (seed, SeededRandom.For(seed, "network"));
        (Offerer, Answerer) = Pair(Left, Right, "");
    }

    public Instant Now { get; private set; } = new(TimeSpan.TicksPerHour);

    public Process Left { get; } = new(1);

    public Process Right { get; } = new(2);

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

    /// <summary>The two ends of a further connection; the first is to offer.</summary>
    public (Peer Offerer, Peer Answerer) Pair(Process offering, Process answering, string name)
    {
        var (offerer, answerer) = (new Peer(this, offering, "offerer" + name), new Peer(this, answering, "answerer" + name));
        (offerer.Other, answerer.Other) = (answerer, offerer);
        _peers.AddRange([offerer, answerer]);
        return (offerer, answerer);
    }

    /// <summary>The process ends without a word, and comes back on the same port.</summary>
    public void Restart(Process process)
    {
        _peers.RemoveAll(peer => peer.Process == process);
        process.ForgetAll();
    }

    /// <summary>Goes on until something is so, or the time is over.</summary>
    public void RunUntil(Func<bool> isSo, TimeSpan limit)
    {
        var end = Now + limit;
        while (!isSo())
        {
            Pump();
            if (isSo()) return;
            var next = _due.TryPeek(out _, out var at) ? new Instant(at.Ticks) : (Instant?)null;
            foreach (var peer in _peers) next = Instant.Earlier(next, peer.NextDeadline);
            // The simulated handshakes look at the time every 10 ms.
            var step = Now + TimeSpan.FromMilliseconds(10);
            Now = next is { } earlier && earlier < step ? Later(earlier, Now) : step;
            if (Now > end) Assert.Fail($"SEED={_seed}: after {limit} it is still not so.{string.Concat(_peers.Select(peer => $"\n{peer.Name} {peer.Describe()}"))}");
            while (_due.TryPeek(out _, out at) && at.Ticks <= Now.Ticks) _due.Dequeue()();
            foreach (var peer in _peers) peer.HandleTime();
        }
    }

    public void Run(TimeSpan time)
    {
        var end = Now + time;
        RunUntil(() => Now >= end, time + TimeSpan.FromSeconds(1));
    }

    public void After(TimeSpan time, Action action) => _due.Enqueue(action, ((Now + time).Ticks, _order++));

    private static Instant Later(Instant left, Instant right) => left > right ? left : right;

    private void Pump()
    {
        for (var any = true; any;)
        {
            any = false;
            foreach (var peer in _peers) any |= peer.Pump();
        }
    }

    private void Carry(Process from, int socket, TransportAddress to, byte[] datagram)
    {
        if (IsCut || _random.Chance(Loss)) return;
        var latency = _random.Chance(Reordering) ? Latency * (1 + 2 * _random.NextDouble()) : Latency;
        var source = from.Sockets[socket];
        var receiver = from == Left ? Right : Left;
        After(latency, () =>
        {
            if (!IsCut) receiver.Receive(source, to, datagram, Now);
        });
    }

    private void Signal(Action action) => After(SignalingShuffles ? SignalingLatency * (2 * _random.NextDouble()) : SignalingLatency, action);

    /// <summary>One main socket for all connections, and further ones, as behind a real port.</summary>
    internal sealed class Process(byte host)
    {
        public List<TransportAddress> Sockets { get; } = [TransportAddress.From(new IPAddress([10, 0, 0, host]), 5000)];

        public RouteTable<Peer> Routes { get; private set; } = new();

        /// <summary>The NAT in front of this side forgets, and gives another port.</summary>
        public void Rebind() => Sockets[0] = Sockets[0] with { Port = (ushort)(Sockets[0].Port + 1000) };

        public void ForgetAll() => Routes = new();

        public void Receive(TransportAddress from, TransportAddress to, byte[] datagram, Instant now)
        {
            var socket = Sockets.IndexOf(to);
            if (socket < 0) return;
            var rest = datagram.AsSpan();
            while (DatagramSplitter.Next(ref rest, out var message) is not DatagramKind.Unknown and var kind) Routes.Find(socket, from, kind, message)?.Connection.HandleDatagram(socket, from, kind, message, now);
        }
    }

    internal sealed class Peer : ISocketPort
    {
        private readonly PeerConnectionWorld _world;
        private readonly SimulatedHandshakes _handshakes = new();
        private readonly HashSet<string> _fragments = [];

        public Peer(PeerConnectionWorld world, Process process, string name)
        {
            (_world, Process, Name) = (world, process, name);
            Connection = new(new(), s_identity, _handshakes, () => Connection!.HandleHandshakeProgress(world.Now), this, SeededRandom.For(world._seed, name));
        }

        public string Name { get; }

        public Process Process { get; }

        public Peer Other { get; set; } = null!;

        public PeerConnection Connection { get; }

        public List<PeerConnectionState> States { get; } = [];

        public List<DataChannel> Opened { get; } = [];

        public List<DataChannel> Closed { get; } = [];

        public List<(DataChannel Channel, byte[] Bytes)> Messages { get; } = [];

        /// <summary>Whether messages are taken as they come.</summary>
        public bool Takes { get; set; } = true;

        /// <summary>What leaves, by the kinds of RFC 7983, for tests that lose some of it.</summary>
        public Func<DatagramKind, bool> Passes { get; set; } = _ => true;

        public TimeSpan? FirstResend => _handshakes.FirstResend;

        public int HandshakesRunning => _handshakes.Running;

        public int FurtherSockets { get; private set; }

        public Instant? NextDeadline => Connection.NextDeadline;

        public LocalSocket Main => new(0, [Process.Sockets[0]]);

        public LocalSocket? OpenFurther()
        {
            FurtherSockets++;
            Process.Sockets.Add(Process.Sockets[0] with { Port = (ushort)(5000 + Process.Sockets.Count) });
            return new(Process.Sockets.Count - 1, [Process.Sockets[^1]]);
        }

        public bool TryHold(int socket, in TransportAddress remote, HoldRight right)
        {
            var holds = Process.Routes.TryClaim(socket, remote, this, right, out var loser);
            var lost = remote;
            if (loser is not null) _world.After(TimeSpan.Zero, () => loser.Connection.HandleAddressLost(socket, lost, _world.Now));
            return holds;
        }

        public void Release(int socket, in TransportAddress remote) => Process.Routes.Release(socket, remote, this);

        public bool TryAddFragment(string fragment) => Process.Routes.TryAddFragment(fragment, this) && _fragments.Add(fragment);

        public void RemoveFragment(string fragment)
        {
            Process.Routes.RemoveFragment(fragment, this);
            _fragments.Remove(fragment);
        }

        public void DialStream(int stream, in TransportAddress server) => throw new NotSupportedException("There are no TURN servers here.");

        public void CloseStream(int stream)
        {
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
                var datagram = room.AsSpan(0, length);
                if (StunMessage.TryParse(datagram, out var stun) && stun.Class == StunClass.Request) Process.Routes.AddTransaction(stun.Id, this, _world.Now);
                if (Passes(DatagramSplitter.KindOf(room[0]))) _world.Carry(Process, socket, to, datagram.ToArray());
            }
            return any;
        }

        public string Describe()
        {
            var report = Connection.Report();
            return $"{report.State}: {report.Why} ICE {report.Ice} DTLS {report.Dtls} SCTP {report.Sctp}{string.Concat(report.Pairs.Select(pair => $"\n  {pair}"))}";
        }

        private void Carry(PeerConnectionInstruction instruction)
        {
            switch (instruction)
            {
                case TellDescription i:
                    _world.Signal(() => Assert.True(Other.Connection.TrySetRemoteDescription(i.IsOffer, i.Sdp, _world.Now, out var why), why));
                    break;
                case TellCandidate i:
                    _world.Signal(() => Other.Connection.TryAddRemoteCandidate(i.Candidate, _world.Now));
                    break;
                case TellState i:
                    States.Add(i.State);
                    if (i.State == PeerConnectionState.Closed) Process.Routes.Remove(this, _fragments);
                    break;
                case TellChannelOpened i: Opened.Add(i.Channel); break;
                case TellChannelClosed i: Closed.Add(i.Channel); break;
            }
        }
    }
}
