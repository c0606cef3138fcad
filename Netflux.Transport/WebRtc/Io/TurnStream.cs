using System.Net.Sockets;
using System.Threading.Channels;
using Netflux.Transport.WebRtc.PeerConnections;
using Netflux.Transport.WebRtc.Turn;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>
/// A TCP connection to a TURN server (RFC 8656 §2.1), for networks that let no UDP out. There are few, and they are slow beside the sockets, so they are asynchronous
/// and may allocate.
/// </summary>
internal sealed class TurnStream : IDisposable
{
    /// <summary>Messages that wait for the stream; further ones are lost, as in a router that is full. Source: arithmetic, 256 KiB in packets of 1,200 bytes.</summary>
    private const int WaitingMax = 220;

    /// <summary>The longest message: ChannelData with a 16-bit length, its header and padding.</summary>
    private const int MessageBytesMax = 65_536 + 8;

    /// <summary>Source: guess; two lost SYNs.</summary>
    private static readonly TimeSpan s_dialPatience = TimeSpan.FromSeconds(5);

    /// <summary>How long the last messages of a connection that has ended may take. Source: guess; they are a few, and the next server is near.</summary>
    private static readonly TimeSpan s_lastPatience = TimeSpan.FromSeconds(1);

    private readonly int _id;
    private readonly TransportAddress _server;
    private readonly RtcConnection _owner;
    private readonly Socket _socket;
    private readonly Channel<byte[]> _outgoing = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource _ended = new();
    private volatile bool _isDisposed;

    public TurnStream(int id, TransportAddress server, RtcConnection owner)
    {
        (_id, _server, _owner) = (id, server, owner);
        _socket = new Socket(server.Family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _ = Task.Run(RunAsync);
    }

    public void Send(ReadOnlySpan<byte> message) => _outgoing.Writer.TryWrite(message.ToArray());

    /// <summary>What waits is still sent, if the server takes it soon; nothing more is told to the owner.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _outgoing.Writer.TryComplete();
        _ended.CancelAfter(s_lastPatience); // not disposed: its waits end by themselves, and it has no handle
    }

    private async Task RunAsync()
    {
        try
        {
            using (var patience = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token))
            {
                patience.CancelAfter(s_dialPatience);
                await _socket.ConnectAsync(_server.ToEndPoint(), patience.Token).ConfigureAwait(false);
            }
            // Sending ends when it is disposed, receiving when the server ends it; either ends the other.
            await Task.WhenAny(SendAsync(), ReceiveAsync()).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // Told below, as the end of the stream.
        }
        _outgoing.Writer.TryComplete();
        await _ended.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        if (!_isDisposed) _owner.Post((core, now) => core.HandleStreamLost(_id, now));
    }

    private async Task SendAsync()
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync(_ended.Token).ConfigureAwait(false))
        {
            await _socket.SendAsync(message, SocketFlags.None, _ended.Token).ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[MessageBytesMax];
        var filled = 0;
        while (await _socket.ReceiveAsync(buffer.AsMemory(filled), SocketFlags.None, _ended.Token).ConfigureAwait(false) is > 0 and var received)
        {
            filled += received;
            var taken = 0;
            while (true)
            {
                if (!TurnFraming.TryFrame(buffer.AsSpan(taken, filled - taken), out var length)) return;
                if (length == 0) break;
                _owner.HandleDatagram(_id, _server, DatagramSplitter.KindOf(buffer[taken]), buffer.AsSpan(taken, length));
                taken += length;
            }
            buffer.AsSpan(taken, filled - taken).CopyTo(buffer);
            filled -= taken;
            _owner.Finish();
        }
    }
}
