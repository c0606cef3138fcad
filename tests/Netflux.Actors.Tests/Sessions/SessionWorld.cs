using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>Two peers and the links between them, in virtual time. Links carry records in order; they can be slow, cut, or silent without a word.</summary>
internal sealed class SessionWorld
{
    private readonly List<WorldLink> _links = [];
    private long _lastLink;

    public SessionWorld(SessionOptions? options = null, int recordBytesMax = 4096)
    {
        (Options, RecordBytesMax) = (options ?? SessionOptions.Default, recordBytesMax);
        var keys = new[] { new SeededPeerKeys(1), new SeededPeerKeys(2) }.OrderBy(key => key.Id).ToArray();
        // a is the smaller id: the side that decides.
        (A, B) = (new Side(this, keys[0], keys[1], "a"), new Side(this, keys[1], keys[0], "b"));
        A.Start();
        B.Start();
    }

    public SessionOptions Options { get; }
    public int RecordBytesMax { get; set; }
    public Side A { get; }
    public Side B { get; }
    public Instant Now { get; private set; } = new(TimeSpan.TicksPerHour);
    public IReadOnlyList<WorldLink> Links => _links;
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(5);

    public Side Other(Side side) => side == A ? B : A;

    /// <summary>A link that both sides have proven at this moment.</summary>
    public WorldLink Dial(Side dialler)
    {
        var link = new WorldLink(this, ++_lastLink, dialler);
        _links.Add(link);
        foreach (var side in new[] { A, B }) link.Prove(side);
        return link;
    }

    /// <summary>Everything that happens without time passing, then time step by step.</summary>
    public void Run(TimeSpan span)
    {
        var end = Now + span;
        while (true)
        {
            Pump();
            Instant? next = Instant.Earlier(A.Session.NextDeadline, B.Session.NextDeadline);
            foreach (var link in _links) next = Instant.Earlier(next, link.NextArrival);
            if (next is not { } at || at > end) break;
            if (at > Now) Now = at;
            foreach (var link in _links.ToArray()) link.Deliver();
            foreach (var side in new[] { A, B }) if (side.Session.NextDeadline <= Now) side.HandleDeadline();
        }
        Now = end;
    }

    public void RunMs(double milliseconds) => Run(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>Time passes in which no process runs.</summary>
    public void Sleep(TimeSpan span) => Now += span;

    public void Pump()
    {
        A.Write();
        B.Write();
    }

    /// <summary>One process with one remote peer.</summary>
    internal sealed class Side(SessionWorld world, SeededPeerKeys keys, SeededPeerKeys remote, string name)
    {
        private readonly byte[] _buffer = new byte[128 << 10];

        public string Name => name;
        public PeerId Id => keys.Id;
        public PeerCard Card => keys.Card;
        public Incarnation Incarnation { get; private set; } = new(1000);
        public ReassemblyBudget Budget { get; private set; } = null!;
        public PeerSession Session { get; private set; } = null!;
        public List<SessionInstruction> Heard { get; } = [];
        public bool AutoConsume { get; set; } = true;
        public bool AutoAttach { get; set; } = true;
        public Dictionary<NetworkId, ulong> Received { get; } = [];
        public ulong ReceivedOutside { get; private set; }
        public Action<ChannelFrames>? OnFrames { get; set; }

        /// <summary>The process is gone and runs again under a newer incarnation, knowing nothing.</summary>
        public void Restart(bool newer = true)
        {
            foreach (var link in world.Links.ToArray()) link.Cut();
            if (newer) Incarnation = new(Incarnation.Value + 1);
            Received.Clear();
            ReceivedOutside = 0;
            Heard.Clear();
            Start();
        }

        public void Start()
        {
            Budget = new(256 << 20);
            Session = new(keys.Id, () => Incarnation, remote.Id, world.Options, Budget);
        }

        public void Say(SessionFact fact)
        {
            Session.Handle(fact, world.Now);
            Drain();
        }

        public void Attach(NetworkId network, long window = 1 << 20, int messageBytesMax = 64 << 20) =>
            Say(new AttachNetwork(network, 0, Networks.Member(name), window, messageBytesMax, SessionOptions.Default.Liveness));

        public bool Send(NetworkId? network, byte[] body, FrameFlags flags = FrameFlags.None, FrameKind kind = FrameKind.Message) =>
            Session.TrySend(network, kind, flags, body, world.Now);

        public void HandleDeadline()
        {
            Session.HandleDeadline(world.Now);
            Drain();
        }

        public void HandleRecord(LinkId link, byte[] record)
        {
            Session.HandleRecord(link, record, world.Now);
            Drain();
        }

        public void Write()
        {
            while (Session.TryGetWritableLink(out var link, out var max))
            {
                var written = Session.WriteRecord(link, _buffer.AsSpan(0, max), world.Now);
                Drain();
                if (written == 0) break;
                world.Links.Single(found => found.Id == link).Send(this, _buffer[..written]);
            }
        }

        public void Drain()
        {
            while (Session.TryTake(out var instruction))
            {
                Heard.Add(instruction);
                switch (instruction)
                {
                    case CloseLink close: world.Links.Single(link => link.Id == close.Link).Close(this, close); break;
                    case AttachRequested asked when AutoAttach: Attach(asked.Network); break;
                    case ChannelOpened opened: Received[opened.Network] = 0; break;
                    case ChannelFrames frames: HandleFrames(frames); break;
                }
            }
        }

        private void HandleFrames(ChannelFrames frames)
        {
            OnFrames?.Invoke(frames);
            var messages = (ulong)frames.Frames.Count(frame => frame.Kind == FrameKind.Message);
            if (messages == 0) return;
            var upTo = frames.Network is { } network ? Received[network] += messages : ReceivedOutside += messages;
            if (AutoConsume) Session.Handle(new ConsumeMessages(frames.Network, upTo), world.Now);
        }

        public IEnumerable<ReceivedFrame> Messages(NetworkId? network) =>
            Heard.OfType<ChannelFrames>().Where(frames => frames.Network == network).SelectMany(frames => frames.Frames).Where(frame => frame.Kind == FrameKind.Message);

        public T Only<T>() where T : SessionInstruction => Assert.Single(Heard.OfType<T>());

        public int Count<T>() where T : SessionInstruction => Heard.OfType<T>().Count();
    }

    /// <summary>One link: two pipes of records. What is on its way when it is cut is lost.</summary>
    internal sealed class WorldLink(SessionWorld world, long number, Side dialler)
    {
        private readonly Queue<(Instant At, byte[] Record)> _toA = new();
        private readonly Queue<(Instant At, byte[] Record)> _toB = new();
        private readonly HashSet<Side> _open = [];

        public LinkId Id => new(number);
        public bool IsOpen => _open.Count > 0;
        public int Records { get; private set; }
        public long Bytes { get; private set; }

        /// <summary>Takes everything and brings nothing, without a word.</summary>
        public bool IsBlackHole { get; set; }

        /// <summary>Whether LinkWritten is said as soon as a record is sent.</summary>
        public bool SaysWritten { get; set; } = true;

        /// <summary>Every record on its way, for tests that look or change.</summary>
        public Func<Side, byte[], byte[]?>? Tap { get; set; }

        public Instant? NextArrival => Instant.Earlier(_toA.TryPeek(out var a) ? a.At : null, _toB.TryPeek(out var b) ? b.At : null);

        public void Prove(Side side)
        {
            var other = world.Other(side);
            _open.Add(side);
            side.Say(new LinkProven(Id, LinkKind.Memory, side == dialler ? LinkRole.Dialler : LinkRole.Listener, other.Card, other.Incarnation, other.Name, new SessionId((UInt128)number), world.RecordBytesMax));
        }

        public void Send(Side from, byte[] record)
        {
            Records++;
            Bytes += record.Length;
            if (SaysWritten) from.Say(new LinkWritten(Id, record.Length));
            if (IsBlackHole) return;
            var passed = Tap is { } tap ? tap(from, record) : record;
            if (passed is null) return;
            (from == world.A ? _toB : _toA).Enqueue((world.Now + world.Delay, passed));
        }

        public void Deliver()
        {
            Deliver(_toA, world.A);
            Deliver(_toB, world.B);
        }

        private void Deliver(Queue<(Instant At, byte[] Record)> pipe, Side to)
        {
            while (pipe.TryPeek(out var next) && next.At <= world.Now)
            {
                pipe.Dequeue();
                if (_open.Contains(to)) to.HandleRecord(Id, next.Record);
            }
        }

        /// <summary>The link breaks; both sides notice at once.</summary>
        public void Cut()
        {
            _toA.Clear();
            _toB.Clear();
            foreach (var side in _open.ToArray()) Lose(side, CloseCode.Lost);
        }

        public void Lose(Side side, CloseCode code)
        {
            if (_open.Remove(side)) side.Say(new LinkLost(Id, code, ""));
        }

        /// <summary>One side closes; the other hears it, unless the link is a black hole.</summary>
        public void Close(Side by, CloseLink close)
        {
            if (!_open.Remove(by)) return;
            var other = world.Other(by);
            (by == world.A ? _toA : _toB).Clear();
            if (IsBlackHole || !_open.Remove(other)) return;
            // What was sent before the close arrives before it.
            var pipe = other == world.A ? _toA : _toB;
            _open.Add(other);
            while (pipe.TryDequeue(out var next) && _open.Contains(other)) other.HandleRecord(Id, next.Record);
            if (_open.Remove(other)) other.Say(new LinkLost(Id, close.Code, close.Text, close.SeenIncarnation));
        }
    }
}

internal static class Networks
{
    public static readonly NetworkId One = NetworkId.FromBytes(Enumerable.Repeat((byte)1, 20).ToArray());
    public static readonly NetworkId Two = NetworkId.FromBytes(Enumerable.Repeat((byte)2, 20).ToArray());

    public static byte[] Member(string name) => System.Text.Encoding.UTF8.GetBytes("member " + name);
}
