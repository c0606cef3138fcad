using Netflux.Core;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>Lets large messages in, in the order in which they were announced, as far as the budgets of the session and of the process go.</summary>
internal sealed class Grants(SessionOptions options, ReassemblyBudget process, SendStream stream)
{
    private readonly ReassemblyBudget _session = new(options.ReassemblyBytesMax);
    private readonly Ring<OpenChannel> _waiting = new();
    private readonly List<OpenChannel> _granted = [];
    private Instant? _retryAt;

    public Instant? NextDeadline => Instant.Earlier(_retryAt, StallDeadline);

    private Instant? StallDeadline
    {
        get
        {
            Instant? earliest = null;
            foreach (var channel in _granted) if (channel.Receive.Reassembly is { } message) earliest = Instant.Earlier(earliest, message.ProgressAt + options.ReassemblyStallMax);
            return earliest;
        }
    }

    public void OnStart(OpenChannel channel, Instant now)
    {
        _waiting.Enqueue(channel);
        GrantWaiting(now);
    }

    public void OnComplete(OpenChannel channel) => _granted.Remove(channel);

    public void Release(long bytes, Instant now)
    {
        if (bytes == 0) return;
        _session.Release(bytes);
        process.Release(bytes);
        GrantWaiting(now);
    }

    public void Close(OpenChannel channel, Instant now)
    {
        _granted.Remove(channel);
        Release(channel.Close(), now);
    }

    public Violation? HandleDeadline(Instant now)
    {
        if (_retryAt <= now) GrantWaiting(now);
        return StallDeadline <= now ? Violation.Of("A large message was announced and does not come.") : null;
    }

    private void GrantWaiting(Instant now)
    {
        while (_waiting.Count > 0)
        {
            var channel = _waiting[0];
            if (!channel.IsClosed && channel.Receive.Reassembly is { Granted: false } message)
            {
                if (!TryReserve(message.Size)) break;
                message.Grant(now);
                _granted.Add(channel);
                stream.QueueControl(FrameKind.MessageGrant, new MessageGrantFrame(channel.RemoteNumber, message.Message).ToBytes());
            }
            _waiting.Dequeue();
        }
        // Another session may give back to the process' budget at any time, and nobody tells us.
        _retryAt = _waiting.Count > 0 ? now + options.GrantRetryInterval : null;
    }

    private bool TryReserve(int bytes)
    {
        if (!_session.TryReserve(bytes)) return false;
        if (process.TryReserve(bytes)) return true;
        _session.Release(bytes);
        return false;
    }
}
