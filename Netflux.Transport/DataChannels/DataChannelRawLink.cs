using System.Buffers;
using System.Net;
using Akka.Actor;
using Netflux.Links;
using Netflux.Transport.WebRtc.Io;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.DataChannels;

/// <summary>
/// A link over a data channel. What the owner does not read stays in the association, whose window stops the sender; what is sent waits there too, and the owner hears that it was written once little
/// of it is left. The connection's thread and the owner's meet under one lock, which is never held while the connection calls.
/// </summary>
internal sealed class DataChannelRawLink : IRawLink
{
    private readonly Lock _lock = new();
    private readonly DataChannelOptions _options;
    private readonly RtcConnection _connection;
    private readonly RtcChannel _channel;
    private readonly Queue<RtcMessage> _unread = new();          // what came in the batch that reached the owner's limit
    private readonly Queue<(byte[] Pooled, int Length)> _unsent = new();    // what the connection had no room for; the owner's limit bounds it
    private IActorRef? _owner;
    private byte[]? _lastWord;                                   // to be sent after what waits; the channel is closed behind it
    private (CloseCode Code, string Text)? _closed;              // told once everything before it was read
    private long _wanted;
    private int _unwritten;
    private bool _isPaused = true;
    private bool _isClosing;
    private bool _hasEnded;

    public DataChannelRawLink(DataChannelOptions options, RtcConnection connection, RtcChannel channel)
    {
        (_options, _connection, _channel) = (options, connection, channel);
        Binding = connection.Binding.ToArray();
        MessageBytesMax = Math.Min(options.MessageBytesMax, connection.MessageBytesMax);
        RemoteAddress = connection.Report().Selected?.Remote.Address is { } address ? IPEndPoint.TryParse(address, out var end) ? end.Address.ToString() : address : "";
        channel.BufferedAmountLowThreshold = options.LowWaterBytes;
        connection.PauseReceiving();
    }

    public LinkKind Kind => LinkKind.DataChannel;

    public string? Authority => null;

    public ReadOnlyMemory<byte>? Binding { get; }

    public string RemoteAddress { get; }

    public int MessageBytesMax { get; }

    /// <summary>Whether somebody has started it, and will close it.</summary>
    public bool HasOwner
    {
        get { lock (_lock) return _owner is not null || _isClosing; }
    }

    // ---- The owner's side ----

    public void Start(IActorRef owner, int readAhead)
    {
        lock (_lock)
        {
            _owner = owner;
            if (_hasEnded) TellClosed();
        }
        ReadMore(readAhead);
    }

    public void ReadMore(int messages)
    {
        lock (_lock)
        {
            _wanted += messages;
            Read();
        }
    }

    public void Send(byte[] pooled, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MessageBytesMax);
        lock (_lock)
        {
            if (_closed is null && !_isClosing)
            {
                _unwritten += length;
                if (_unsent.Count > 0 || _channel.Send(pooled.AsSpan(0, length)) == SendOutcome.BufferFull)
                {
                    _unsent.Enqueue((pooled, length));
                    return;
                }
                TellWritten();
            }
        }
        ArrayPool<byte>.Shared.Return(pooled);
    }

    public void Close(CloseCode code, string text, bool abrupt = false)
    {
        lock (_lock)
        {
            if (_isClosing)
            {
                if (abrupt) _connection.Close();
                return;
            }
            _isClosing = true;
            // Whoever closes wants no more messages; nor need it say a word to one that has closed.
            while (_unread.TryDequeue(out var unread)) unread.Return();
            _wanted = long.MaxValue / 2;
            _isPaused = false;
            if (_closed is not null) abrupt = true;
            _closed ??= (code, text);
            if (!abrupt)
            {
                _lastWord = CloseText.Write(code, text);
                _ = EndInTimeAsync();
                SendWaiting();
            }
            else End();
        }
        // What is read and dropped lets the other side's last messages, and ours, get through.
        if (!abrupt) _connection.ResumeReceiving();
    }

    // ---- The connection's side ----

    public void HandleMessage(RtcMessage message)
    {
        lock (_lock)
        {
            if (_isClosing || _closed is not null)
            {
                message.Return();
                if (_isClosing && message.IsText) End();     // both closed at once
                return;
            }
            if (message.IsText) HandleLastWord(message);
            else if (message.Length > MessageBytesMax) Break(message, CloseCode.TooLarge, $"a message of more than {MessageBytesMax} bytes");
            else
            {
                _unread.Enqueue(message);
                Read();
            }
        }
    }

    private void HandleLastWord(RtcMessage message)
    {
        var understood = CloseText.TryParse(message.Span, out var code, out var text);
        if (!understood) Break(message, CloseCode.ProtocolViolated, "text that does not close the link");
        else
        {
            message.Return();
            _closed = (code, text);
            Read();
        }
    }

    private void Break(RtcMessage message, CloseCode code, string text)
    {
        message.Return();
        _closed = (code, text);
        Read();
    }

    /// <summary>Little is left of what was sent.</summary>
    public void HandleRoom()
    {
        lock (_lock) SendWaiting();
    }

    public void HandleChannelClosed() => HandleLost("the data channel was closed without a word");

    /// <summary>The connection is gone.</summary>
    public void HandleLost(string why)
    {
        lock (_lock)
        {
            if (_isClosing) End();
            else
            {
                _closed ??= (CloseCode.Lost, why);
                Read();
            }
        }
    }

    /// <summary>The other side has that long to close the channel, too; after it nothing of this link is kept.</summary>
    private async Task EndInTimeAsync()
    {
        await Task.Delay(_options.CloseLimit).ConfigureAwait(false);
        lock (_lock) End();
    }

    // ---- Under the lock ----

    private void SendWaiting()
    {
        while (_unsent.TryPeek(out var next))
        {
            if (_channel.Send(next.Pooled.AsSpan(0, next.Length)) == SendOutcome.BufferFull) return;
            _unsent.Dequeue();
            ArrayPool<byte>.Shared.Return(next.Pooled);
        }
        TellWritten();
        if (_lastWord is not { } word || _channel.Send(word, isText: true) == SendOutcome.BufferFull) return;
        _lastWord = null;
        _channel.Close();
    }

    /// <summary>Once no more is waiting than the low-water mark; the connection calls when it falls to it.</summary>
    private void TellWritten()
    {
        if (_unwritten == 0 || _unsent.Count > 0 || _channel.BufferedAmount > _options.LowWaterBytes) return;
        if (!_isClosing) _owner?.Tell(new RawLinkWritten(_unwritten));
        _unwritten = 0;
    }

    private void Read()
    {
        if (_owner is null || _hasEnded || _isClosing) return;
        while (_wanted > 0 && _unread.TryDequeue(out var message))
        {
            _wanted--;
            _owner.Tell(new RawLinkReceived(message.Pooled, message.Length));
        }
        if (_closed is not null && _unread.Count == 0)
        {
            End();
            return;
        }
        if (_closed is not null) return;
        if (_wanted > 0 == !_isPaused) return;
        _isPaused = !_isPaused;
        if (_isPaused) _connection.PauseReceiving();
        else _connection.ResumeReceiving();
    }

    /// <summary>The last word, and the end of the connection.</summary>
    private void End()
    {
        if (_hasEnded) return;
        _hasEnded = true;
        while (_unsent.TryDequeue(out var unsent)) ArrayPool<byte>.Shared.Return(unsent.Pooled);
        while (_unread.TryDequeue(out var unread)) unread.Return();
        _connection.Close();
        TellClosed();
    }

    private void TellClosed()
    {
        var (code, text) = _closed ?? (CloseCode.Lost, "the connection was lost");
        _owner?.Tell(new RawLinkClosed(code, text));
    }
}
