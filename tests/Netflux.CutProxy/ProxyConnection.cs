using System.Buffers;
using System.Net.Sockets;

namespace Netflux.CutProxy;

/// <summary>One connection through the proxy: copies both ways until a side ends or the cut comes.</summary>
public sealed class ProxyConnection(Socket client, Socket target, Cut? cut) : IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private long _up;
    private long _down;
    private CutKind? _done;

    /// <summary>The bytes that passed from who connected.</summary>
    public long Up
    {
        get { lock (_gate) return _up; }
    }

    /// <summary>The bytes that passed from the target.</summary>
    public long Down
    {
        get { lock (_gate) return _down; }
    }

    /// <summary>Tells that the cut has come, before either side can notice.</summary>
    public event Action<CutKind>? WasCut;

    public async Task RunAsync()
    {
        await Task.WhenAll(CopyAsync(client, target, up: true), CopyAsync(target, client, up: false));
        // A black hole stays open and silent until it is released or the proxy ends.
        if (_done == CutKind.BlackHole) await _ended.Task;
    }

    /// <summary>Cuts now.</summary>
    public void CutNow(CutKind kind)
    {
        lock (_gate)
        {
            if (_done is not null) return;
            _done = kind;
            WasCut?.Invoke(kind);
            if (kind == CutKind.Reset) Reset();
            _over.Cancel();
        }
    }

    /// <summary>Ends a black hole; the sockets are then reset.</summary>
    public void Release()
    {
        if (_done != CutKind.BlackHole) return;
        Reset();
        _ended.TrySetResult();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _done ??= CutKind.Reset; // Nothing is left to cut.
            client.Dispose();
            target.Dispose();
            _over.Dispose();
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool up)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            while (await from.ReceiveAsync(buffer.AsMemory(), _over.Token) is var read and > 0)
            {
                var pass = Count(read, up, out var last);
                await SendAllAsync(to, buffer.AsMemory(0, pass));
                if (last)
                {
                    CutNow(cut!.Kind);
                    return;
                }
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side was reset: the other is told the same, unless the silence is meant.
            if (_done is null) Reset();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task SendAllAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await to.SendAsync(bytes, _over.Token)..];
    }

    /// <summary>How many of these bytes may pass before the cut, and whether they are the last.</summary>
    private int Count(int read, bool up, out bool last)
    {
        lock (_gate)
        {
            var left = cut switch
            {
                null => long.MaxValue,
                { Direction: CutDirection.Up } => up ? cut.AfterBytes - _up : long.MaxValue,
                { Direction: CutDirection.Down } => up ? long.MaxValue : cut.AfterBytes - _down,
                _ => cut.AfterBytes - _up - _down,
            };
            var pass = (int)Math.Min(read, Math.Max(0, left));
            if (up) _up += pass;
            else _down += pass;
            last = left <= read;
            return pass;
        }
    }

    /// <summary>Closing with a linger of zero sends RST instead of FIN (RFC 9293 §3.6, the ABORT call).</summary>
    private void Reset()
    {
        foreach (var socket in (Socket[])[client, target])
        {
            try
            {
                socket.LingerState = new(true, 0);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Gone already.
            }
            socket.Dispose();
        }
    }
}
