using Netflux.Transport.WebRtc.Dtls;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>
/// The threads of the handshakes of a process: one for each handshake in progress, with a small stack, none when there is none. Beyond
/// <see cref="DtlsOptions.HandshakesMax"/> they wait for their turn.
/// </summary>
internal sealed class HandshakeThreads(DtlsOptions options)
{
    private readonly object _lock = new();
    private readonly Queue<ThreadedHandshake> _waiting = new();
    private int _running;

    /// <summary>False where too many wait already.</summary>
    public bool TryRun(ThreadedHandshake handshake)
    {
        lock (_lock)
        {
            if (_running == options.HandshakesMax)
            {
                if (_waiting.Count >= options.HandshakesWaitingMax) return false;
                _waiting.Enqueue(handshake);
                return true;
            }
            _running++;
        }
        try
        {
            new Thread(() => RunFrom(handshake), options.HandshakeStackBytes) { IsBackground = true, Name = "netflux dtls handshake" }.Start();
            return true;
        }
        catch (OutOfMemoryException)
        {
            // The system gives no further thread: this one fails, others may still have one.
            lock (_lock) _running--;
            return false;
        }
    }

    // Those that were cancelled while they waited end as they begin.
    private void RunFrom(ThreadedHandshake first)
    {
        for (var handshake = first; handshake is not null; handshake = NextOrNone()) handshake.Run();
    }

    private ThreadedHandshake? NextOrNone()
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out var next)) return next;
            _running--;
            return null;
        }
    }
}
