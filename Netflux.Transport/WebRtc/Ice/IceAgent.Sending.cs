using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>
/// Messages that wait to leave. They are written when they are taken, into the caller's datagram: a connection that only asks for consent and gives it, as most do most of the time,
/// allocates nothing.
/// </summary>
internal sealed partial class IceAgent
{
    private readonly Queue<Outgoing> _outgoing = new();

    /// <param name="To">Of an answer also what it tells: the address that the request came from.</param>
    /// <param name="Check">Set for a check.</param>
    /// <param name="Refusal">Set for a refusal: these are rare, and bounded.</param>
    private readonly record struct Outgoing(IceBase From, TransportAddress To, StunTransactionId Id, IceSession Session, IceRequest? Check, byte[]? Refusal);

    /// <summary>Writes the next message that is to be sent. False where there is none.</summary>
    /// <param name="room">For a whole datagram.</param>
    public bool TryTakeMessage(Span<byte> room, out int length, out IceBase from, out TransportAddress to)
    {
        if (!_outgoing.TryDequeue(out var message))
        {
            (length, from, to) = (0, default, default);
            return false;
        }
        (from, to) = (message.From, message.To);
        if (message.Check is { } check) length = IceMessages.WriteRequest(room, check, message.Session);
        else if (message.Refusal is not { } refusal) length = IceMessages.WriteSuccess(room, message.Id, message.To, message.Session.Local.Key.Span);
        else
        {
            refusal.CopyTo(room);
            length = refusal.Length;
        }
        return true;
    }

    private void Send(ConnectivityCheck check)
    {
        check.Pair.ChecksSent++;
        Enqueue(new(check.Pair.Base, check.Pair.To, check.Id, check.Session, check.Request, null));
    }

    private void Answer(IceBase local, in TransportAddress to, in StunMessage request, IceSession session) => Enqueue(new(local, to, request.Id, session, null, null));

    private void Answer(IceBase local, in TransportAddress to, in StunMessage request, byte[] refusal) => Enqueue(new(local, to, request.Id, _session, null, refusal));

    private void Enqueue(in Outgoing message)
    {
        if (_outgoing.Count == _options.MessagesQueuedMax) _outgoing.Dequeue();
        _outgoing.Enqueue(message);
    }
}
