using System.Net.WebSockets;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Links;
using Netflux.Sessions;
using Netflux.Sessions.Handshake;
using Netflux.Wire;

namespace Netflux.Host.Faults;

/// <summary>A client that speaks the link's protocol by hand, as well or as badly as a test wants, over a bare WebSocket.</summary>
internal sealed class Outsider : IAsyncDisposable
{
    private static readonly Instant s_start = new(0);

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationToken _patience;
    private readonly string _authority;
    private RecordProtection? _protection;
    private LinkHandshake? _handshake;
    private ulong _sequence;
    private Task<CloseCode>? _closed;
    private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Outsider(string authority, CancellationToken patience) => (_authority, _patience) = (authority, patience);

    public PlatformPeerKeys Keys { get; private set; } = PlatformPeerKeys.CreateEphemeral();

    /// <summary>The Hello and the Proof that this one sent.</summary>
    public List<byte[]> Said { get; } = [];

    public static async Task<Outsider> ConnectAsync(string authority, CancellationToken patience)
    {
        var outsider = new Outsider(authority, patience);
        await outsider._socket.ConnectAsync(new($"ws://{authority}/netflux/link"), patience);
        return outsider;
    }

    /// <summary>Sends one raw message. An end that came meanwhile is not this method's to report.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> message, bool last = true)
    {
        try { await _socket.SendAsync(message, WebSocketMessageType.Binary, last, _patience); }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException) { }
    }

    /// <summary>One whole message, or null where the socket is closed.</summary>
    public async Task<byte[]?> ReceiveAsync()
    {
        var buffer = new byte[256 << 10];
        var length = 0;
        while (true)
        {
            var result = await _socket.ReceiveAsync(buffer.AsMemory(length), _patience);
            if (result.MessageType == WebSocketMessageType.Close) return null;
            length += result.Count;
            if (result.EndOfMessage) return buffer[..length];
        }
    }

    /// <summary>The code with which the other side closes, 0 where it does not say; what comes before is passed over.</summary>
    public Task<CloseCode> ClosedAsync() => _closed ??= ReadToTheEndAsync();

    /// <summary>The sentence beside the code.</summary>
    public string? Why => _socket.CloseStatusDescription;

    /// <summary>Reads from now on beside whatever is sent, so that the other side's last word is heard in time.</summary>
    public void ReadOn() => ClosedAsync();

    private async Task<CloseCode> ReadToTheEndAsync()
    {
        try
        {
            while (await ReceiveAsync() is not null) _heard.TrySetResult();
            return (CloseCode)(int)(_socket.CloseStatus ?? 0);
        }
        catch (Exception e) when (e is WebSocketException or IOException)
        {
            return 0;
        }
        finally
        {
            _heard.TrySetResult();
        }
    }

    /// <summary>The handshake as it should be, but for what the caller changes.</summary>
    /// <param name="keys">Whose card, and whose signatures.</param>
    /// <param name="authority">Meant; null: the one that was dialled.</param>
    /// <param name="change">Another message in the place of the n-th, from 0.</param>
    public async Task<bool> ProveAsync(IPeerKeys? keys = null, string? authority = null, Func<int, byte[], byte[]>? change = null)
    {
        var context = new HandshakeContext(keys ?? Keys, PlatformEphemeralKeys.Instance, PlatformRandom.Instance, new Incarnation(1), "outsider", null, authority ?? _authority, null, null, new());
        _handshake = new(LinkRole.Dialler, context, new ProofHistory(16));
        _handshake.Handle(new HandshakeStarted(), s_start);
        while (true)
        {
            while (_handshake.TryTake(out var instruction))
            {
                switch (instruction)
                {
                    case SendHandshake send:
                        var message = send.Message.ToArray();
                        if (change is not null) message = change(Said.Count, message);
                        Said.Add(message);
                        await SendAsync(message);
                        break;
                    case HandshakeProven proven:
                        _protection = new(proven.Keys!, LinkRole.Dialler);
                        return true;
                    case HandshakeFailed:
                        return false;
                }
            }
            if (await ReceiveAsync() is not { } received) return false;
            _handshake.Handle(new HandshakeMessageReceived(received), s_start);
        }
    }

    /// <summary>
    /// Proven and resumed, with an id above the other's, so that it is this one that begins and the other that answers.
    /// </summary>
    public async Task BeginSessionAsync(PeerId other)
    {
        while (Keys.Id < other)
        {
            Keys.Dispose();
            Keys = PlatformPeerKeys.CreateEphemeral();
        }
        if (!await ProveAsync()) throw new InvalidOperationException("An honest handshake was refused.");
        await SendRecordAsync(Frame(FrameKind.Resume, new ResumeFrame(default, 0, 1).ToBytes()));
        ReadOn();
        await _heard.Task;
    }

    public Task SendRecordAsync(params ReadOnlySpan<byte> plaintext)
    {
        var record = new byte[plaintext.Length + RecordProtection.OverheadMax];
        plaintext.CopyTo(record);
        _protection!.Seal(record, plaintext.Length);
        return SendAsync(record);
    }

    public static byte[] Frame(FrameKind kind, byte[] body, ulong sequence = 0, ushort channel = 0, FrameFlags flags = FrameFlags.None, int? length = null)
    {
        var frame = new byte[FrameHeader.Size + body.Length];
        new FrameHeader(kind, flags, channel, length ?? body.Length, sequence).Write(frame);
        body.CopyTo(frame, FrameHeader.Size);
        return frame;
    }

    /// <summary>With the next number of the session.</summary>
    public byte[] Numbered(FrameKind kind, byte[] body, ushort channel = 0, FrameFlags flags = FrameFlags.None) => Frame(kind, body, ++_sequence, channel, flags);

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, _patience);
        }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException) { }
        _socket.Dispose();
        _protection?.Dispose();
        Keys.Dispose();
    }
}

/// <summary>One identity's card over another's signatures, or over a signature for something else.</summary>
internal sealed class LyingKeys(IPeerKeys card, IPeerKeys signer, Func<byte[], byte[]>? change = null) : IPeerKeys
{
    public PeerCard Card => card.Card;

    public byte[] Sign(string purpose, ReadOnlySpan<byte> body) => signer.Sign(purpose, change is null ? body : change(body.ToArray()));

    public bool TryAgree(ReadOnlySpan<byte> otherPoint, Span<byte> secret) => card.TryAgree(otherPoint, secret);
}
