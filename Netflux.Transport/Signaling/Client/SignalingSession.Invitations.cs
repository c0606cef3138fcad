using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Transport.Signaling.Wire;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>Invitations that a server keeps: those for others, and this peer's own, which are taken one after the other, so that those of many networks do not come at once.</summary>
internal sealed partial class SignalingSession
{
    private void HandleKeepWanted(KeepWanted wanted, Instant now)
    {
        // As with introductions: 128 bytes hold the ids, the time, and the tags around them.
        if (_state is SessionState.Open open && wanted.Sealed.Length + 128 > open.BytesMax)
            Emit(new TellFailed(wanted.Ask, NetfluxError.MessageTooLarge, $"The invitation has {wanted.Sealed.Length} bytes; the server takes messages of {open.BytesMax}."));
        else
            Ask(new Pending.Keep(wanted, now + options.RequestTimeout), now);
    }

    private void CollectNext(Instant now)
    {
        while (_toCollect.Count > 0 && !_pending.Values.Any(pending => pending is Pending.Collect))
        {
            var network = _toCollect.Dequeue();
            if (_doors.ContainsKey(network)) Collect(network, null, options.InvitationsMax, now);
        }
    }

    /// <summary>Each has the time of one ask.</summary>
    private void Collect(NetworkId network, InvitationId? after, int left, Instant now)
    {
        if (left > 0) Ask(new Pending.Collect(network, after, left, now + options.RequestTimeout), now);
    }

    private void OnInvited(ulong request, Proto.Invited invited, Instant now)
    {
        var isReadable = SignalingWire.TryReadNetwork(invited.Network, out var network) & InvitationId.TryRead(invited.Id.Span, out var id) & SignalingWire.TryReadPeer(invited.From, out var from);
        if (request == 0)
        {
            // Of a door that was closed meanwhile, or never opened: nobody to tell.
            if (isReadable && _doors.ContainsKey(network)) Emit(new TellInvited(network, id, from, invited.Sealed.Memory));
            return;
        }
        if (!_pending.TryGetValue(request, out var pending) || pending is not Pending.Collect collect) return;
        _pending.Remove(request);
        // A server that does not get on is asked no more.
        if (!isReadable || network != collect.Network || id <= collect.After) return;
        Emit(new TellInvited(network, id, from, invited.Sealed.Memory));
        Collect(network, id, collect.Left - 1, now);
    }

    private void SayInvitation(ulong request, Pending pending)
    {
        var say = new Proto.ToServer();
        switch (pending)
        {
            case Pending.Keep { Wanted: var keep }:
                say.KeepInvitation = new()
                {
                    Network = ByteString.CopyFrom(keep.Network.ToArray()),
                    Id = ByteString.CopyFrom(keep.Id.ToArray()),
                    To = ByteString.CopyFrom(keep.To.ToArray()),
                    UntilMs = (ulong)keep.Until.ToUnixTimeMilliseconds(),
                    Sealed = ByteString.CopyFrom(keep.Sealed.Span),
                };
                break;
            case Pending.EndKept { Wanted: var end }:
                say.EndInvitation = new() { Network = ByteString.CopyFrom(end.Network.ToArray()), Id = ByteString.CopyFrom(end.Id.ToArray()) };
                break;
            case Pending.Collect collect:
                say.NextInvitation = new() { Network = ByteString.CopyFrom(collect.Network.ToArray()), After = collect.After is { } after ? ByteString.CopyFrom(after.ToArray()) : ByteString.Empty };
                break;
        }
        Say(say, request);
    }
}
