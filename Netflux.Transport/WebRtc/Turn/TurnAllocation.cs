using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Netflux.Core;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Turn;

/// <summary>
/// A relayed address at a TURN server, from the client's side (RFC 8656).
/// <code>
/// client                               server
///   Allocate (UDP) ───────────────────→
///      ←─────────────── 401, realm, nonce
///   Allocate, signed ─────────────────→
///      ←─────────── relayed, mapped address
///   ChannelBind (peer) ───────────────→          for each peer, when the first datagram is for it
///      ←──────────────────────── success
///   ChannelData ═══════════════════════          both ways
///   Refresh ──────────────────────────→          a minute before the end; with lifetime 0 at the end
/// </code>
/// Every peer gets a channel: binding it also installs the permission (§12), so that one request does what CreatePermission and ChannelBind would do. Not done: Send and Data
/// indications, because all servers have channels; RESERVATION-TOKEN and EVEN-PORT, because they are for RTP.
/// </summary>
/// <param name="isStream">The server is reached over TCP: nothing is repeated (RFC 8489 §6.2.2), ChannelData is padded.</param>
internal sealed class TurnAllocation(TurnCredentials credentials, bool isStream, TurnOptions options, StunOptions stun, IRandomSource random) : IProtocolCore<TurnFact, TurnInstruction>
{
    /// <summary>RFC 8656 §18.7, REQUESTED-TRANSPORT: UDP, in the first of four bytes.</summary>
    private const uint RequestedUdp = 17u << 24;

    /// <summary>RFC 8656 §18.6, REQUESTED-ADDRESS-FAMILY: IPv6, in the first of four bytes. Without it the address is of IPv4.</summary>
    private const uint RequestedIPv6 = 2u << 24;

    private abstract record State
    {
        public sealed record Idle : State;

        public sealed record Allocating : State;

        public sealed record Allocated(Instant RefreshAt, Instant EndsAt) : State;

        /// <summary>The server is being told that it is over.</summary>
        public sealed record Releasing : State;

        public sealed record Over : State;
    }

    private readonly Queue<TurnInstruction> _outbox = new();
    private readonly List<TurnRequest> _requests = [];
    private readonly Dictionary<TransportAddress, TurnPeer> _peers = [];
    private readonly Dictionary<ushort, TurnPeer> _channels = [];
    private readonly StunOptions _stun = isStream ? stun with { RequestsMax = 1 } : stun;
    private State _state = new State.Idle();
    private ushort _nextChannel = ChannelData.ChannelMin;

    public Instant? NextDeadline
    {
        get
        {
            var next = _state is State.Allocated allocated ? Instant.Earlier(_requests.Exists(IsRefresh) ? null : allocated.RefreshAt, allocated.EndsAt) : null;
            foreach (var request in _requests) next = Instant.Earlier(next, request.Transaction.NextDeadline);
            foreach (var peer in _peers.Values) next = Instant.Earlier(next, peer.IsAsked ? null : peer.BindAt);
            return next;
        }
    }

    public bool TryTake([NotNullWhen(true)] out TurnInstruction? instruction) => _outbox.TryDequeue(out instruction);

    public void Handle(TurnFact fact, Instant now)
    {
        switch (_state, fact)
        {
            case (State.Idle, AllocationWanted):
                _state = new State.Allocating();
                Ask(TurnRequestKind.Allocate, null, 0, now);
                break;
            case (State.Allocated, AllocationReleased):
                _state = new State.Releasing();
                _requests.Clear();
                Forget();
                Ask(TurnRequestKind.Refresh, null, 0, now);
                break;
            case (_, AllocationReleased):
                End();
                break;
        }
    }

    public void HandleDeadline(Instant now)
    {
        foreach (var request in _requests.ToArray())
        {
            switch (request.Transaction.HandleDeadline(now))
            {
                case StunTransactionStep.SendAgain: Send(request.Transaction.Request); break;
                case StunTransactionStep.TimedOut:
                    _requests.Remove(request);
                    HandleRefusal(request, null, "The server does not answer.", now, null);
                    break;
            }
        }
        if (_state is not State.Allocated allocated) return;
        if (now >= allocated.EndsAt)
        {
            Fail(null, "The allocation has ended: the server did not refresh it in time.", null);
            return;
        }
        if (now >= allocated.RefreshAt && !_requests.Exists(IsRefresh)) Ask(TurnRequestKind.Refresh, null, 0, now);
        foreach (var peer in _peers.Values.Where(peer => !peer.IsAsked && peer.BindAt <= now).ToArray())
        {
            if (peer.IsUsed) Bind(peer, now);
            else Remove(peer);
        }
    }

    // ---- The data path ----

    /// <summary>
    /// Writes what carries this datagram to the peer through the server, and returns its length. 0: not now. Then the datagram waits until the peer's channel is bound and leaves as
    /// <see cref="SendToServer"/>, or it is lost, as datagrams are.
    /// </summary>
    public int Wrap(in TransportAddress peer, ReadOnlySpan<byte> datagram, Span<byte> destination, Instant now)
    {
        if (_state is not State.Allocated || datagram.Length > ushort.MaxValue) return 0;
        if (!_peers.TryGetValue(peer, out var known))
        {
            if (_peers.Count >= options.PeersMax || _nextChannel > ChannelData.ChannelMax) return 0;
            known = new(peer, _nextChannel++);
            _peers.Add(peer, known);
            _channels.Add(known.Channel, known);
            Bind(known, now);
        }
        known.IsUsed = true;
        if (known.IsBound) return ChannelData.Write(destination, known.Channel, datagram, isStream);
        if (!known.IsRefused && known.Waiting.Count < options.WaitingPerPeerMax) known.Waiting.Add(datagram.ToArray());
        return 0;
    }

    /// <summary>The room that <see cref="Wrap"/> needs beyond the datagram: the header, and the padding of a stream.</summary>
    public const int Overhead = ChannelData.HeaderLength + 3;

    /// <summary>What came from the server. True: a datagram of a peer, in place. False: it was for the allocation, or for nobody.</summary>
    public bool TryUnwrap(Span<byte> message, Instant now, out TransportAddress peer, out Span<byte> datagram)
    {
        if (ChannelData.TryParse(message, out var channel, out datagram) && _channels.TryGetValue(channel, out var known))
        {
            // RFC 8656 §12.6: data on a channel that is not bound is dropped; one whose binding is just being confirmed is ours already.
            known.IsUsed = true;
            peer = known.Address;
            return true;
        }
        peer = default;
        datagram = default;
        if (StunMessage.TryParse(message, out var response)) OnResponse(response, now);
        return false;
    }

    // ---- Requests and their answers ----

    private void Bind(TurnPeer peer, Instant now)
    {
        (peer.IsAsked, peer.IsUsed) = (true, false);
        Ask(TurnRequestKind.Bind, peer, 0, now);
    }

    private void Ask(TurnRequestKind kind, TurnPeer? peer, int nonces, Instant now)
    {
        var id = StunTransactionId.Draw(random);
        Span<byte> buffer = stackalloc byte[StunMessage.IntegrityBytesMax];
        var writer = new StunWriter(buffer, StunClass.Request, kind switch
        {
            TurnRequestKind.Allocate => StunMethod.Allocate,
            TurnRequestKind.Refresh => StunMethod.Refresh,
            _ => StunMethod.ChannelBind,
        }, id);
        switch (kind)
        {
            case TurnRequestKind.Allocate:
                writer.Write(StunAttributeType.RequestedTransport, RequestedUdp);
                if (options.IsIPv6) writer.Write(StunAttributeType.RequestedAddressFamily, RequestedIPv6);
                writer.Write(StunAttributeType.Lifetime, (uint)options.Lifetime.TotalSeconds);
                break;
            case TurnRequestKind.Refresh:
                writer.Write(StunAttributeType.Lifetime, _state is State.Releasing ? 0 : (uint)options.Lifetime.TotalSeconds);
                break;
            case TurnRequestKind.Bind:
                writer.Write(StunAttributeType.ChannelNumber, (uint)peer!.Channel << 16);
                writer.WriteXorAddress(StunAttributeType.XorPeerAddress, peer.Address);
                break;
        }
        credentials.Sign(ref writer);
        writer.WriteFingerprint();
        var request = new TurnRequest(kind, peer, new StunTransaction(id, writer.Written.ToArray(), _stun, now), nonces);
        _requests.Add(request);
        Send(request.Transaction.Request);
    }

    private void Send(ReadOnlyMemory<byte> message) => _outbox.Enqueue(new SendToServer(message));

    private void OnResponse(in StunMessage response, Instant now)
    {
        var id = response.Id;
        if (response.Class is not (StunClass.SuccessResponse or StunClass.ErrorResponse) || _requests.Find(request => request.Transaction.Id == id) is not { } asked) return;
        if (response.Class == StunClass.SuccessResponse)
        {
            if (!credentials.Verify(response)) return;
            _requests.Remove(asked);
            OnSuccess(asked, response, now);
            return;
        }
        _requests.Remove(asked);
        var code = response.TryGetError(out var number, out var reason) ? number : (StunErrorCode?)null;
        // RFC 8489 §9.2.5: a first refusal asks for credentials, a later one for a fresh nonce; the same request with the same credentials would be refused again.
        var mayHelp = code == StunErrorCode.StaleNonce || code == StunErrorCode.Unauthenticated && !credentials.AreKnown;
        if (mayHelp && asked.Nonces < options.NoncesMax && credentials.TryLearn(response, options.CredentialBytesMax)) Ask(asked.Kind, asked.Peer, asked.Nonces + 1, now);
        else HandleRefusal(asked, code, Encoding.UTF8.GetString(reason[..Math.Min(reason.Length, options.ReasonBytesMax)]), now, response.TryGetAddress(StunAttributeType.AlternateServer, out var alternate) ? alternate : (TransportAddress?)null);
    }

    private void OnSuccess(TurnRequest asked, in StunMessage response, Instant now)
    {
        switch (_state, asked.Kind)
        {
            case (State.Allocating, TurnRequestKind.Allocate):
                if (!response.TryGetXorAddress(StunAttributeType.XorRelayedAddress, out var relayed) || relayed.IsIPv4 == options.IsIPv6 || !response.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var mapped))
                {
                    Fail(null, "The server's answer has no relayed address of the family that was asked for, or no mapped one.", null);
                    break;
                }
                _state = AllocatedFor(response, now);
                _outbox.Enqueue(new AllocationMade(relayed, mapped));
                break;
            case (State.Allocated, TurnRequestKind.Refresh):
                _state = AllocatedFor(response, now);
                break;
            case (State.Allocated, TurnRequestKind.Bind):
                OnBound(asked.Peer!, now);
                break;
            case (State.Releasing, _):
                End();
                break;
        }
    }

    private State.Allocated AllocatedFor(in StunMessage response, Instant now)
    {
        var lifetime = response.TryGetUInt32(StunAttributeType.Lifetime, out var seconds) ? TimeSpan.FromSeconds(seconds) : options.Lifetime;
        // Of a lifetime that is hardly longer than the margin, half is used.
        var refreshAfter = lifetime > 2 * options.RefreshBefore ? lifetime - options.RefreshBefore : lifetime / 2;
        return new(now + refreshAfter, now + lifetime);
    }

    private void OnBound(TurnPeer peer, Instant now)
    {
        (peer.IsBound, peer.IsRefused, peer.IsAsked, peer.BindAt) = (true, false, false, now + options.BindEvery);
        foreach (var datagram in peer.Waiting)
        {
            var message = new byte[datagram.Length + Overhead];
            Send(message.AsMemory(0, ChannelData.Write(message, peer.Channel, datagram, isStream)));
        }
        peer.Waiting.Clear();
    }

    private void HandleRefusal(TurnRequest asked, StunErrorCode? code, string why, Instant now, TransportAddress? alternate)
    {
        var text = code is { } number ? string.Create(CultureInfo.InvariantCulture, $"{asked.Kind} was refused: {(int)number} {why}.") : why;
        if (_state is State.Releasing) End();
        else if (asked.Kind != TurnRequestKind.Bind) Fail(code, text, alternate);
        else
        {
            var peer = asked.Peer!;
            (peer.IsBound, peer.IsRefused, peer.IsAsked, peer.BindAt) = (false, true, false, now + options.BindEvery);
            peer.Waiting.Clear();
            _outbox.Enqueue(new PeerRefused(peer.Address, text));
        }
    }

    private void Fail(StunErrorCode? code, string why, TransportAddress? alternate)
    {
        End();
        _outbox.Enqueue(new AllocationFailed(code, why, alternate));
    }

    private void End()
    {
        _state = new State.Over();
        _requests.Clear();
        Forget();
    }

    private void Forget()
    {
        _peers.Clear();
        _channels.Clear();
    }

    /// <summary>A channel's number is not used for another peer (RFC 8656 §12 forbids it for five minutes after the binding has ended): there are enough.</summary>
    private void Remove(TurnPeer peer)
    {
        _peers.Remove(peer.Address);
        _channels.Remove(peer.Channel);
    }

    private static bool IsRefresh(TurnRequest request) => request.Kind == TurnRequestKind.Refresh;
}
