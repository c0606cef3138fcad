using Netflux.Core;
using Netflux.Transport.WebRtc.Dcep;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>What drives the core: datagrams, deadlines and answers go in, datagrams and calls of the listener come out.</summary>
internal sealed partial class RtcConnection : IDeadlineOwner
{
    /// <summary>What is told to the listener in one go, before new datagrams are looked at. Source: guess, the small messages of a joined buffer.</summary>
    private const int TellAtOnceMax = 64;

    /// <summary>
    /// Small messages that follow one another faster than this are put into packets together, by the port's thread. Source: guess; sealing a packet and the system's call
    /// take about 5 µs, waking a thread 10 to 50.
    /// </summary>
    private static readonly TimeSpan s_burst = TimeSpan.FromMicroseconds(50);

    /// <summary>Smaller messages are small. Source: arithmetic, a packet holds two of them.</summary>
    private const int SmallBytesMax = 512;

    private readonly DeadlineThread.Entry _wakes;
    private Instant _flushedAt;
    private readonly OutgoingPaths _paths;
    private readonly Queue<Action<PeerConnection, Instant>> _facts = new(); // rare ones, from threads that may not wait for the lock
    private readonly Happening[] _happenings = new Happening[TellAtOnceMax];
    private int _teller; // the thread that calls the listener, 0 for none: one at a time, without the lock
    private volatile bool _isPaused;
    private bool _hasEnded;

    internal RtcConnection(RtcPort port, IRtcListener listener, Func<RtcConnection, PeerConnection> core)
    {
        (_port, _listener) = (port, listener);
        _wakes = new(this);
        _core = core(this);
        _paths = new(port, this);
    }

    /// <summary>One thing that the listener is told: an instruction, or a message of a channel.</summary>
    private readonly record struct Happening(PeerConnectionInstruction? Instruction, DataChannel? Channel, RtcMessage Message);

    /// <summary>What came for this connection. The caller calls <see cref="Finish"/> after the last of a batch.</summary>
    internal void HandleDatagram(int socket, in TransportAddress from, DatagramKind kind, Span<byte> message)
    {
        lock (_gate)
        {
            if (_hasEnded) return;
            try
            {
                _core.HandleDatagram(socket, from, kind, message, RtcClock.Now);
            }
            catch (Exception e)
            {
                Fault(e);
            }
        }
    }

    /// <summary>Tells it at the next opportunity, on the thread of deadlines: for threads that hold other locks, or that must not wait.</summary>
    internal void Post(Action<PeerConnection, Instant> fact)
    {
        lock (_facts) _facts.Enqueue(fact);
        Wake();
    }

    /// <summary>On the thread of the handshake, which has little stack and no time: what it made leaves at once, the listener is called by others.</summary>
    internal void HandleHandshakeProgress()
    {
        lock (_gate)
        {
            if (_hasEnded) return;
            try
            {
                _core.HandleHandshakeProgress(RtcClock.Now);
            }
            catch (Exception e)
            {
                Fault(e);
            }
            Settle();
        }
    }

    /// <summary>On a thread of the port: tells the listener what there is to tell, sends what may be sent, and sees to the next deadline.</summary>
    internal void Finish()
    {
        var me = Environment.CurrentManagedThreadId;
        lock (_gate)
        {
            if (_hasEnded) return;
            if (_teller != 0)
            {
                Flush(); // whoever tells looks again for what is new, before it stops
                return;
            }
            _teller = me;
        }
        while (true)
        {
            int count;
            lock (_gate)
            {
                count = Gather();
                if (count == 0)
                {
                    Flush();
                    if (_core.HasInstructions) continue;
                    _teller = 0;
                    if (_core.State == PeerConnectionState.Closed) End();
                    return;
                }
            }
            for (var i = 0; i < count; i++)
            {
                var happening = _happenings[i];
                _happenings[i] = default;
                try
                {
                    Tell(happening);
                }
                catch (Exception e)
                {
                    RtcLog.ListenerFaulted(_port.Logger, e);
                    Close();
                }
            }
        }
    }

    Instant? IDeadlineOwner.HandleDue(Instant now)
    {
        lock (_gate)
        {
            if (_hasEnded) return null;
            try
            {
                while (TryTakeFact(out var fact)) fact(_core, now);
                if (_core.NextDeadline <= now) _core.HandleDeadline(now);
            }
            catch (Exception e)
            {
                Fault(e);
            }
        }
        Finish();
        lock (_gate) return _hasEnded ? null : _core.NextDeadline;
    }

    /// <summary>
    /// After a method of the handle, under the lock: sends, unless this thread is in a call of the listener, which sends all at its end; what the listener is to be told
    /// is told by the port's thread.
    /// </summary>
    private void Settle()
    {
        if (_teller == Environment.CurrentManagedThreadId) return;
        Flush();
        if (_core.HasInstructions) Wake();
    }

    /// <summary>After a message: a lone one leaves at once, on this thread; of a burst of small ones the later wait for the port's thread, and share packets and system calls.</summary>
    private void SettleMessage(int length, Instant now)
    {
        if (length >= SmallBytesMax || now - _flushedAt >= s_burst) Settle();
        else if (_teller != Environment.CurrentManagedThreadId) Wake();
    }

    private void Wake() => _port.Deadlines.Wake(_wakes);

    private bool TryTakeFact(out Action<PeerConnection, Instant> fact)
    {
        lock (_facts) return _facts.TryDequeue(out fact!);
    }

    /// <summary>Collects what the listener is to be told. What the port does itself is done at once.</summary>
    private int Gather()
    {
        var count = 0;
        var now = RtcClock.Now;
        try
        {
            while (count < TellAtOnceMax)
            {
                if (_core.TryTake(out var instruction))
                {
                    if (!_port.TryCarry(this, instruction)) _happenings[count++] = new(instruction, null, default);
                }
                else if (!_isPaused && _core.TryReceive(now, out var message))
                {
                    _happenings[count++] = new(null, message.Channel, new(message.Pooled, message.Length, message.IsText));
                }
                else if (!_core.HasInstructions)
                {
                    break;
                }
            }
        }
        catch (Exception e)
        {
            Fault(e);
        }
        return count;
    }

    private void Tell(in Happening happening)
    {
        switch (happening.Instruction)
        {
            case null: _listener.OnMessage(HandleOf(happening.Channel!), happening.Message); break;
            case TellDescription i: _listener.OnDescription(this, i.IsOffer, i.Sdp); break;
            case TellCandidate i: _listener.OnCandidate(this, i.Candidate); break;
            case TellState i: _listener.OnStateChanged(this, i.State, i.Why); break;
            case TellChannelOpened i: _listener.OnChannelOpened(HandleOf(i.Channel)); break;
            case TellBufferedAmountLow i: _listener.OnBufferedAmountLow(HandleOf(i.Channel)); break;
            case TellChannelClosed i: _listener.OnChannelClosed(HandleOf(i.Channel)); break;
            default: throw new ArgumentOutOfRangeException(nameof(happening), happening, null);
        }
    }

    /// <summary>Sends what may be sent now, in as few system calls as the sockets allow.</summary>
    private void Flush()
    {
        var now = RtcClock.Now;
        _flushedAt = now;
        try
        {
            _paths.Send(_core, now);
            if (_core.NextDeadline is { } deadline) _port.Deadlines.Schedule(_wakes, deadline);
        }
        catch (Exception e)
        {
            Fault(e);
        }
    }

    /// <summary>An exception in the core is a bug: it ends this connection, and no other.</summary>
    private void Fault(Exception e)
    {
        RtcLog.ConnectionFaulted(_port.Logger, e);
        try
        {
            _core.Fail("A fault in this program ended the connection; its log says more.", RtcClock.Now);
        }
        catch (Exception again)
        {
            RtcLog.ConnectionFaulted(_port.Logger, again); // what is broken cannot be tidied up either
        }
    }

    private void End()
    {
        _hasEnded = true;
        _port.Remove(this);
    }
}
