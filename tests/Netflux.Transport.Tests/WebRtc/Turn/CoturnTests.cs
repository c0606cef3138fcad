using System.Net;
using System.Net.Sockets;
using Netflux.Core;
using Netflux.TestKit;
using Netflux.TestTools;
using Netflux.Transport.WebRtc;
using Netflux.Transport.WebRtc.Io;
using Netflux.Transport.WebRtc.Turn;

namespace Netflux.Tests.WebRtc.Turn;

/// <summary>The allocation against coturn, over real sockets, with a plain UDP socket as its peer.</summary>
[Trait("Category", "Rim")]
public sealed class CoturnTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [RequiresTheory(Tool.Turnserver), InlineData(false), InlineData(true)]
    public async Task It_allocates_binds_relays_both_ways_and_releases(bool isStream)
    {
        await using var server = await Turnserver.StartAsync();
        using var patience = new CancellationTokenSource(s_patience);
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(new IPEndPoint(server.Address.Address, 0));
        var peerAddress = TransportAddress.From((IPEndPoint)peer.LocalEndPoint!);
        using var client = await Client.ConnectAsync(server.Address, isStream, Turnserver.Password, patience.Token);

        client.Allocation.Handle(new AllocationWanted(), RtcClock.Now);
        var made = Assert.IsType<AllocationMade>(await client.NextAsync());
        Assert.Equal(server.Address.Address, made.Relayed.Address);
        if (!isStream) Assert.Equal(TransportAddress.From(client.LocalAddress), made.Mapped);

        // Lengths that need padding and one that does not; the first waits for the channel.
        var buffer = new byte[2000];
        for (var length = 1197; length <= 1200; length++)
        {
            var sent = Enumerable.Range(0, length).Select(i => (byte)(i * 7 + length)).ToArray();
            await client.SendAsync(peerAddress, sent);
            var relayed = client.RelayAsync();
            var received = await peer.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), patience.Token);
            Assert.Equal(made.Relayed, TransportAddress.From((IPEndPoint)received.RemoteEndPoint));
            Assert.Equal(sent, buffer[..received.ReceivedBytes]);

            await peer.SendToAsync(sent, received.RemoteEndPoint, patience.Token);
            var (from, datagram) = await relayed;
            Assert.Equal(peerAddress, from);
            Assert.Equal(sent, datagram);
        }

        client.Allocation.Handle(new AllocationReleased(), RtcClock.Now);
        await client.RunUntilAsync(() => client.Allocation.NextDeadline is null);
        Assert.Equal(0, client.Allocation.Wrap(peerAddress, new byte[10], buffer, RtcClock.Now));
    }

    [RequiresFact(Tool.Turnserver)]
    public async Task Wrong_credentials_are_told_and_a_peer_that_it_may_not_relay_to()
    {
        await using var server = await Turnserver.StartAsync();
        using var patience = new CancellationTokenSource(s_patience);
        using (var client = await Client.ConnectAsync(server.Address, isStream: false, "wrong", patience.Token))
        {
            client.Allocation.Handle(new AllocationWanted(), RtcClock.Now);
            Assert.StartsWith("Allocate was refused: 401 ", Assert.IsType<AllocationFailed>(await client.NextAsync()).Why, StringComparison.Ordinal);
        }
        using (var client = await Client.ConnectAsync(server.Address, isStream: false, Turnserver.Password, patience.Token))
        {
            client.Allocation.Handle(new AllocationWanted(), RtcClock.Now);
            Assert.IsType<AllocationMade>(await client.NextAsync());
            // --no-multicast-peers: 403.
            await client.SendAsync(TransportAddress.From(IPAddress.Parse("224.0.0.251"), 5353), [1]);
            Assert.Contains("403", Assert.IsType<PeerRefused>(await client.NextAsync()).Why, StringComparison.Ordinal);
        }
    }

    /// <summary>A driver as small as it can be: one socket, one allocation.</summary>
    private sealed class Client(Socket socket, bool isStream, string password, CancellationToken ended) : IDisposable
    {
        private readonly byte[] _received = new byte[100_000];
        private readonly byte[] _wrapped = new byte[2000];
        private readonly Queue<TurnInstruction> _told = new();
        private readonly Queue<(TransportAddress From, byte[] Datagram)> _relayed = new();
        private int _held;

        public TurnAllocation Allocation { get; } = new(new(Turnserver.User, password), isStream, TurnOptions.Default, new(), new SeededRandom((ulong)Environment.TickCount64));

        public IPEndPoint LocalAddress => (IPEndPoint)socket.LocalEndPoint!;

        public static async Task<Client> ConnectAsync(IPEndPoint server, bool isStream, string password, CancellationToken ended)
        {
            var socket = isStream ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true } : new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            await socket.ConnectAsync(server, ended);
            return new(socket, isStream, password, ended);
        }

        public async Task SendAsync(TransportAddress peer, byte[] datagram)
        {
            var length = Allocation.Wrap(peer, datagram, _wrapped, RtcClock.Now);
            if (length > 0) await SendAllAsync(_wrapped.AsMemory(0, length));
            await FlushAsync();
        }

        public async Task<TurnInstruction> NextAsync()
        {
            await RunUntilAsync(() => _told.Count > 0);
            return _told.Dequeue();
        }

        public async Task<(TransportAddress From, byte[] Datagram)> RelayAsync()
        {
            await RunUntilAsync(() => _relayed.Count > 0);
            return _relayed.Dequeue();
        }

        public async Task RunUntilAsync(Func<bool> done)
        {
            await FlushAsync();
            while (!done())
            {
                using var due = CancellationTokenSource.CreateLinkedTokenSource(ended);
                var now = RtcClock.Now;
                if (Allocation.NextDeadline is { } deadline) due.CancelAfter(deadline > now ? deadline - now : TimeSpan.Zero);
                try
                {
                    _held += await socket.ReceiveAsync(_received.AsMemory(_held), due.Token);
                    Take();
                }
                catch (OperationCanceledException) when (!ended.IsCancellationRequested)
                {
                    Allocation.HandleDeadline(RtcClock.Now);
                }
                await FlushAsync();
            }
        }

        private void Take()
        {
            var rest = _received.AsSpan(0, _held);
            while (!rest.IsEmpty)
            {
                var length = rest.Length;
                if (isStream)
                {
                    Assert.True(TurnFraming.TryFrame(rest, out length));
                    if (length == 0) break;
                }
                if (Allocation.TryUnwrap(rest[..length], RtcClock.Now, out var from, out var datagram)) _relayed.Enqueue((from, datagram.ToArray()));
                rest = rest[length..];
            }
            rest.CopyTo(_received);
            _held = rest.Length;
        }

        private async Task FlushAsync()
        {
            while (Allocation.TryTake(out var instruction))
            {
                if (instruction is SendToServer send) await SendAllAsync(send.Message);
                else _told.Enqueue(instruction);
            }
        }

        private async Task SendAllAsync(ReadOnlyMemory<byte> bytes)
        {
            while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, ended)..];
        }

        public void Dispose() => socket.Dispose();
    }
}
