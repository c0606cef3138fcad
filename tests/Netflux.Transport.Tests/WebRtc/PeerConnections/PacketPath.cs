using System.Buffers;
using System.Net;
using Netflux.Core;
using Netflux.TestKit;
using Netflux.Transport.WebRtc.Dcep;
using Netflux.Transport.WebRtc.Dtls;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>
/// Two connections with nothing between them: a datagram that one writes is handled by the other in the buffer it was written into. What runs here allocates only what the connections
/// do, so that it can be counted.
/// </summary>
internal sealed class PacketPath
{
    private static readonly DtlsIdentity s_identity = DtlsIdentity.Create(DateTimeOffset.UtcNow);

    private readonly byte[] _room = new byte[1_500];

    public PacketPath(PeerConnectionOptions? options = null)
    {
        options ??= new();
        (Left, Right) = (new(this, 1, options), new(this, 2, options));
        (Left.Other, Right.Other) = (Right, Left);
    }

    public End Left { get; }

    public End Right { get; }

    /// <summary>What becomes of a datagram of this end: the number of bytes in the buffer that arrive, 0 for none.</summary>
    public Func<End, byte[], int, int>? Tamper { get; set; }

    public Instant Now { get; private set; } = new(TimeSpan.TicksPerHour);

    /// <summary>Opens one reliable channel.</summary>
    public PacketPath Connect()
    {
        Left.Connection.Offer(Now);
        Left.Channel = Left.Connection.OpenChannel(new() { Label = "c" }, Now);
        for (var i = 0; i < 1_000 && (Left.Channel?.State != DataChannelState.Open || Right.Channel is null); i++) Step(TimeSpan.FromMilliseconds(10));
        Assert.NotNull(Right.Channel);
        return this;
    }

    /// <summary>All that can be done now is done, then it is later.</summary>
    public void Step(TimeSpan time)
    {
        Settle();
        Now += time;
        Left.HandleTime();
        Right.HandleTime();
        Settle();
    }

    public void Settle()
    {
        while (Left.Pump(_room) | Right.Pump(_room))
        {
        }
    }

    internal sealed class End : ISocketPort
    {
        private readonly PacketPath _path;
        private readonly SimulatedHandshakes _handshakes = new();
        private readonly LocalSocket[] _sockets;

        public End(PacketPath path, byte host, PeerConnectionOptions options)
        {
            _path = path;
            _sockets = [new(0, [TransportAddress.From(new IPAddress([10, 0, 0, host]), 5000)])];
            Connection = new(options, s_identity, _handshakes, () => Connection!.HandleHandshakeProgress(path.Now), this, new SeededRandom(host));
        }

        public PeerConnection Connection { get; }

        public End Other { get; set; } = null!;

        public DataChannel? Channel { get; set; }

        public long Received { get; private set; }

        /// <summary>Messages of ICE that this end has sent.</summary>
        public long Checks { get; private set; }

        public LocalSocket Main => _sockets[0];

        public LocalSocket? OpenFurther() => null;

        public bool TryHold(int socket, in TransportAddress remote, HoldRight right) => true;

        public void Release(int socket, in TransportAddress remote)
        {
        }

        public bool TryAddFragment(string fragment) => true;

        public void RemoveFragment(string fragment)
        {
        }

        public void DialStream(int stream, in TransportAddress server) => throw new NotSupportedException("There are no TURN servers here.");

        public void CloseStream(int stream)
        {
        }

        public void HandleTime()
        {
            if (Connection.NextDeadline <= _path.Now) Connection.HandleDeadline(_path.Now);
        }

        /// <summary>Carries out what there is, one thing or many; false where there was nothing.</summary>
        public bool Pump(byte[] room)
        {
            var any = _handshakes.Run(_path.Now);
            while (Connection.TryTake(out var instruction))
            {
                any = true;
                switch (instruction)
                {
                    case TellDescription i: Assert.True(Other.Connection.TrySetRemoteDescription(i.IsOffer, i.Sdp, _path.Now, out var why), why); break;
                    case TellCandidate i: Other.Connection.TryAddRemoteCandidate(i.Candidate, _path.Now); break;
                    case TellChannelOpened i: Channel = i.Channel; break;
                }
            }
            while (Connection.TryReceive(_path.Now, out var message))
            {
                any = true;
                Received += message.Length;
                ArrayPool<byte>.Shared.Return(message.Pooled);
            }
            while (Connection.TryTakeDatagram(room, _path.Now, out var length, out var socket, out _))
            {
                any = true;
                if (_path.Tamper is { } tamper) length = tamper(this, room, length);
                var rest = room.AsSpan(0, length);
                while (DatagramSplitter.Next(ref rest, out var message) is not DatagramKind.Unknown and var kind)
                {
                    if (kind == DatagramKind.Stun) Checks++;
                    Other.Connection.HandleDatagram(socket, _sockets[socket].Hosts[0], kind, message, _path.Now);
                }
            }
            return any;
        }
    }
}
