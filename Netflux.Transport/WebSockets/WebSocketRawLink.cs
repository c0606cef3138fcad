using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>
/// A link over one WebSocket, accepted or dialled: one loop reads, whoever sends begins to write, and the first word about the end is the one that the owner hears, after both
/// have ended. Only binary messages are spoken (RFC 6455 §5.6).
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Finish disposes of what it holds; the end of a link is not its owner's to choose.")]
internal sealed partial class WebSocketRawLink : IRawLink
{
    private readonly record struct Outgoing(byte[] Pooled, int Length);

    private readonly record struct CloseFrame(int Status, string Text);

    private readonly WebSocket _socket;
    private readonly WebSocketLinkOptions _options;
    private readonly ILogger _logger;
    private readonly LinkRole _role;
    private readonly Action? _release;
    private readonly SemaphoreSlim _permits = new(0);
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    private IActorRef? _owner;
    private CancellationTokenSource? _deadline;
    private RawLinkClosed? _end;
    private CloseFrame? _closeFrame;
    private volatile bool _ending;
    private volatile bool _discardOutgoing;
    private bool _running;
    private bool _finished;
    private bool _told;

    private WebSocketRawLink(WebSocket socket, LinkRole role, string authority, string remoteAddress, WebSocketLinkOptions options, ILogger? logger, Action? release)
    {
        _socket = socket;
        _role = role;
        _options = options;
        _logger = logger ?? NullLogger.Instance;
        _release = release;
        Authority = authority;
        RemoteAddress = remoteAddress;
        WebSocketMetrics.LinkOpened(role);
        WebSocketLog.LinkOpened(_logger, role, remoteAddress, authority);
    }

    /// <summary>A link over a WebSocket that a server accepted. The endpoint awaits <see cref="Completion"/> and returns only then.</summary>
    public static WebSocketRawLink Accepted(WebSocket socket, string authority, string remoteAddress, WebSocketLinkOptions options, ILogger? logger = null) =>
        new(socket, LinkRole.Listener, authority, remoteAddress, options, logger, null);

    /// <summary>A link over a WebSocket that was dialled; <paramref name="release"/> is called once the link is over.</summary>
    public static WebSocketRawLink Dialled(WebSocket socket, string authority, string remoteAddress, WebSocketLinkOptions options, ILogger? logger, Action release) =>
        new(socket, LinkRole.Dialler, authority, remoteAddress, options, logger, release);

    public LinkKind Kind => LinkKind.WebSocket;

    public string? Authority { get; }

    public ReadOnlyMemory<byte>? Binding => null;

    public string RemoteAddress { get; }

    public int MessageBytesMax => _options.MessageBytesMax;

    /// <summary>Ends when the link is over and its socket given back. Never fails.</summary>
    public Task Completion => _completion.Task;

    public void Start(IActorRef owner, int readAhead)
    {
        lock (_gate)
        {
            if (_owner is not null) throw new InvalidOperationException("The link has an owner already.");
            _owner = owner;
            if (_finished) TellEnd();
        }
        ReadMore(readAhead);
        Run();
    }

    public void ReadMore(int messages)
    {
        if (messages > 0) _permits.Release(messages);
    }

    public void Close(CloseCode code, string text, bool abrupt = false)
    {
        if (abrupt)
        {
            End(new(code, text), null);
            Abort();
        }
        else
        {
            End(new(code, text), new((int)code, CloseStatus.Cut(text)));
        }
        Run();
    }

    /// <summary>The first call decides what the owner hears and what the Close frame says; what is queued goes first only where this side closes.</summary>
    private void End(RawLinkClosed end, CloseFrame? frame, bool discardOutgoing = false)
    {
        bool begins;
        lock (_gate)
        {
            if (_end is not null) return;
            _end = end;
            _closeFrame = frame;
            _discardOutgoing = discardOutgoing || frame is null;
            _ending = true;
            _deadline = new CancellationTokenSource(_options.CloseTimeout);
            _deadline.Token.UnsafeRegister(static link => ((WebSocketRawLink)link!).Abort(), this);
            (begins, _writing) = (!_writing, true);
        }
        if (begins) _ = WriteAsync(isSmall: false);
        _permits.Release(); // Wakes the reading loop, which then only waits for the Close frame.
    }

    private void Lose(Exception exception)
    {
        End(new(CloseCode.Lost, $"The connection broke: {exception.Message}"), null);
        Abort();
    }

    /// <summary>Cuts the socket; reading and writing then end. After the end it must not be touched: a server reuses what lies under it.</summary>
    private void Abort()
    {
        lock (_gate)
        {
            if (!_finished) _socket.Abort();
        }
    }

    private void Run()
    {
        lock (_gate)
        {
            if (_running) return;
            _running = true;
        }
        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        // The caller is an actor that must not read on this link's behalf.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await ReceiveAsync().ConfigureAwait(false);
        await _written.Task.ConfigureAwait(false);
        Finish();
    }

    private void Finish()
    {
        lock (_gate)
        {
            _finished = true;
            _deadline!.Dispose();
        }
        _socket.Dispose();
        _release?.Invoke();
        WebSocketMetrics.LinkClosed(_role);
        WebSocketLog.LinkClosed(_logger, _role, RemoteAddress, _end!.Code, _end.Text);
        lock (_gate) TellEnd();
        _completion.SetResult();
    }

    private void TellEnd()
    {
        if (_owner is null || _told) return;
        _told = true;
        _owner.Tell(_end!, ActorRefs.NoSender);
    }

    /// <summary>What a socket throws when it breaks or is cut; anything else is a bug and is reported as one.</summary>
    private static bool IsLoss(Exception e) =>
        e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or System.Net.Sockets.SocketException or System.Net.Http.HttpRequestException;

    private void Fault(Exception exception)
    {
        WebSocketLog.LinkFaulted(_logger, exception, _role, RemoteAddress);
        Lose(exception);
    }
}
