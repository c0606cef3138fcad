using System.Net.WebSockets;

namespace Netflux.Transport.WebSockets;

/// <summary>
/// What the connection factory hands to Websocket.Client in place of the socket itself. The library opens the socket, watches it and disposes of it; the bytes go past
/// the library's copies, because <see cref="WebSocketRawLink"/> reads and writes <see cref="Inner"/> (docs/decisions/0005-websockets.md has the figures). The library's listening
/// loop therefore waits in <see cref="ReceiveAsync(Memory{byte}, CancellationToken)"/> until the link is over.
/// </summary>
internal sealed class DialledSocket(WebSocket inner) : WebSocket
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WebSocket Inner => inner;

    public override WebSocketCloseStatus? CloseStatus => inner.CloseStatus;

    public override string? CloseStatusDescription => inner.CloseStatusDescription;

    public override WebSocketState State => inner.State;

    public override string? SubProtocol => inner.SubProtocol;

    public override void Abort()
    {
        inner.Abort();
        _over.TrySetCanceled();
    }

    public override void Dispose()
    {
        inner.Dispose();
        _over.TrySetCanceled();
    }

    public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        inner.CloseAsync(closeStatus, statusDescription, cancellationToken);

    public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        inner.CloseOutputAsync(closeStatus, statusDescription, cancellationToken);

    public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        await _over.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        throw new OperationCanceledException(cancellationToken);
    }

    public override async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await _over.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        throw new OperationCanceledException(cancellationToken);
    }

    public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        inner.SendAsync(buffer, messageType, endOfMessage, cancellationToken);
}
