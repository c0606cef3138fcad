using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>How far a network is attached to a session.</summary>
internal abstract record AttachmentState
{
    /// <summary>Our Attach is on its way; the other side has not said anything.</summary>
    internal sealed record Offered(AttachNetwork Ours, ushort Number) : AttachmentState;

    /// <summary>The other side's Attach came; the owner is asked.</summary>
    internal sealed record Asked(AttachFrame Theirs, Instant Until) : AttachmentState;

    /// <summary>Each side has attached: messages flow.</summary>
    internal sealed record Open(AttachNetwork Ours, OpenChannel Channel) : AttachmentState;

    /// <summary>
    /// Our side has ended its part; what waited goes until <paramref name="Until"/>, then our Detach. The other side's Detach ends the rest. Until then everything
    /// of this network that comes in was sent before the other side knew, and is dropped; an attachment asked for anew begins after it.
    /// </summary>
    internal sealed record Leaving(ushort Number, OpenChannel? Channel, Instant? Until, AttachNetwork? Again) : AttachmentState;
}

/// <summary>The networks of one session, from the first Attach to the last Detach.</summary>
internal sealed class Attachments(SessionOptions options, SessionOutput output, SendStream stream, Grants grants)
{
    private readonly Dictionary<NetworkId, AttachmentState> _states = [];
    private readonly List<NetworkId> _networks = [];                      // in the order in which they came
    private readonly ChannelNumbers _byRemoteNumber = new();               // headers of what comes in
    private readonly ChannelNumbers _byNumber = new();                     // credit and grants for what goes out
    private ushort _lastNumber;

    public bool Any => _networks.Count > 0;

    public Instant? NextDeadline { get; private set; }

    /// <summary>The tightest of the attached networks' demands, null without any.</summary>
    public Liveness? Liveness { get; private set; }

    public bool TryGetOpen(NetworkId network, [NotNullWhen(true)] out OpenChannel? channel)
    {
        channel = _states.TryGetValue(network, out var state) && state is AttachmentState.Open open ? open.Channel : null;
        return channel is not null;
    }

    public bool TryGetByRemoteNumber(ushort number, [NotNullWhen(true)] out OpenChannel? channel) => _byRemoteNumber.TryGet(number, out channel);

    public bool TryGetByNumber(ushort number, [NotNullWhen(true)] out OpenChannel? channel) => _byNumber.TryGet(number, out channel);

    /// <summary>Whether nothing waits to be sent by any channel.</summary>
    public bool AllSent
    {
        get
        {
            foreach (var network in _networks)
            {
                if (_states[network] is AttachmentState.Open { Channel.Send.IsEmpty: false } or AttachmentState.Leaving { Until: not null, Channel.Send.IsGone: false }) return false;
            }
            return true;
        }
    }

    // ---- This side ----

    public void HandleAttach(AttachNetwork ours)
    {
        switch (_states.GetValueOrDefault(ours.Network))
        {
            case null when _networks.Count >= options.NetworksMax:
                output.Say(new ChannelRefused(ours.Network, NetfluxError.TooMany));
                break;
            case null:
                Set(ours.Network, new AttachmentState.Offered(ours, SendAttach(ours)));
                break;
            case AttachmentState.Asked asked:
                Open(ours, SendAttach(ours), asked.Theirs);
                break;
            case AttachmentState.Leaving leaving:
                Set(ours.Network, leaving with { Again = ours });
                break;
        }
    }

    public void HandleRefuse(RefuseAttach refuse)
    {
        if (_states.GetValueOrDefault(refuse.Network) is AttachmentState.Asked) SendRefused(refuse.Network, refuse.Why);
    }

    public void HandleDetach(DetachNetwork detach, Instant now)
    {
        switch (_states.GetValueOrDefault(detach.Network))
        {
            case AttachmentState.Asked:
                SendRefused(detach.Network, NetfluxError.NotAdmitted);
                break;
            case AttachmentState.Offered offered:
                stream.Queue(Detach(detach.Network, detach.Reason));
                Set(detach.Network, new AttachmentState.Leaving(offered.Number, null, null, null));
                break;
            case AttachmentState.Open { Channel: var channel }:
                _byRemoteNumber.Remove(channel.RemoteNumber);
                channel.Send.QueueFarewell(Detach(detach.Network, detach.Reason));
                stream.Offer(channel.Send);
                Set(detach.Network, new AttachmentState.Leaving(channel.Send.Number, channel, now + options.EndInOrderMax, null));
                break;
            case AttachmentState.Leaving leaving:
                Set(detach.Network, leaving with { Again = null });
                break;
        }
    }

    // ---- The other side ----

    public Violation? OnAttach(AttachFrame theirs, Instant now)
    {
        if (_byRemoteNumber.TryGet(theirs.Channel, out _)) return Violation.Of("A channel number that is in use.");
        switch (_states.GetValueOrDefault(theirs.Network))
        {
            case null when _networks.Count >= options.NetworksMax || Asked >= options.AttachmentsAskedMax:
                SendRefused(theirs.Network, NetfluxError.NotAdmitted);
                return null;
            case null:
                Set(theirs.Network, new AttachmentState.Asked(theirs, now + options.AttachmentAnswerMax));
                output.Say(new AttachRequested(theirs.Network, theirs.Epoch, theirs.Member));
                return null;
            case AttachmentState.Offered offered:
                Open(offered.Ours, offered.Number, theirs);
                return null;
            case AttachmentState.Leaving:
                return null; // sent before our Detach arrived, which voids it
            default:
                return Violation.Of("A network that is attached already.");
        }
    }

    public Violation? OnRefused(AttachRefusedFrame refused)
    {
        if (_states.GetValueOrDefault(refused.Network) is AttachmentState.Offered)
        {
            Forget(refused.Network);
            output.Say(new ChannelRefused(refused.Network, refused.Why));
        }
        return null;
    }

    public void OnDetach(DetachFrame detach, Instant now)
    {
        var network = detach.Network;
        var state = _states.GetValueOrDefault(network);
        switch (state)
        {
            case AttachmentState.Leaving leaving:
                // Our own Detach is the answer to theirs; if it still waits, it waits no longer.
                if (leaving.Channel is { } left && left.Send.TryTakeFarewell(out var farewell)) stream.Queue(farewell);
                Forget(network, now);
                if (leaving.Again is { } again) HandleAttach(again);
                return;
            case AttachmentState.Open:
                Forget(network, now);
                output.Say(new ChannelClosed(network, detach.Reason));
                break;
            case AttachmentState.Offered:
                Forget(network);
                output.Say(new ChannelRefused(network, NetfluxError.NotAdmitted));
                break;
            case AttachmentState.Asked:
                Forget(network);
                break;
        }
        stream.Queue(Detach(network, detach.Reason));
    }

    // ---- Time, and the end ----

    public void HandleDeadline(Instant now)
    {
        if (NextDeadline is not { } deadline || now < deadline) return;
        foreach (var network in _networks.ToArray())
        {
            switch (_states[network])
            {
                case AttachmentState.Asked asked when asked.Until <= now:
                    SendRefused(network, NetfluxError.NotAdmitted);
                    break;
                case AttachmentState.Leaving { Until: { } until } leaving when until <= now:
                    if (leaving.Channel!.Send.TryTakeFarewell(out var farewell)) stream.Queue(farewell);
                    Set(network, leaving with { Until = null });
                    break;
            }
        }
    }

    public void DropQueues()
    {
        foreach (var network in _networks.ToArray())
        {
            if (_states[network] is AttachmentState.Open open) open.Channel.Send.Drop();
            if (_states[network] is AttachmentState.Leaving { Channel: { } leaving } && leaving.Send.TryTakeFarewell(out var farewell)) stream.Queue(farewell);
        }
    }

    /// <summary>The session is over: every open channel closes.</summary>
    public void CloseAll(PeerLeavingReason reason, Instant now)
    {
        foreach (var network in _networks.ToArray())
        {
            var wasOpen = _states[network] is AttachmentState.Open;
            Forget(network, now);
            if (wasOpen) output.Say(new ChannelClosed(network, reason));
        }
    }

    private int Asked
    {
        get
        {
            var asked = 0;
            foreach (var network in _networks) if (_states[network] is AttachmentState.Asked) asked++;
            return asked;
        }
    }

    private void Open(AttachNetwork ours, ushort number, AttachFrame theirs)
    {
        var channel = new OpenChannel(ours.Network, theirs.Channel, new SendChannel(number, theirs.WindowCost, options.ChunkBytes), new ReceiveChannel(ours.WindowCost, ours.MessageBytesMax));
        _byRemoteNumber.Set(theirs.Channel, channel);
        _byNumber.Set(number, channel);
        Set(ours.Network, new AttachmentState.Open(ours, channel));
        output.Say(new ChannelOpened(ours.Network, theirs.Member, theirs.WindowCost));
    }

    private ushort SendAttach(AttachNetwork ours)
    {
        do _lastNumber = _lastNumber == ushort.MaxValue ? (ushort)1 : (ushort)(_lastNumber + 1);
        while (IsInUse(_lastNumber));
        stream.QueueControl(FrameKind.Attach, new AttachFrame(_lastNumber, ours.Network, ours.Epoch, ours.Member, ours.WindowCost).ToBytes());
        return _lastNumber;
    }

    private bool IsInUse(ushort number)
    {
        foreach (var network in _networks)
        {
            var used = _states[network] switch
            {
                AttachmentState.Offered offered => offered.Number,
                AttachmentState.Open open => open.Channel.Send.Number,
                AttachmentState.Leaving leaving => leaving.Number,
                _ => 0,
            };
            if (used == number) return true;
        }
        return false;
    }

    // The refusal is the same whether we are no member or do not admit (DESIGN §5).
    private void SendRefused(NetworkId network, NetfluxError why)
    {
        Forget(network);
        stream.QueueControl(FrameKind.AttachRefused, new AttachRefusedFrame(network, why == NetfluxError.NotAMember ? NetfluxError.NotAdmitted : why).ToBytes());
    }

    private static NumberedFrame Detach(NetworkId network, PeerLeavingReason reason) =>
        new(FrameKind.Detach, FrameFlags.None, 0, new DetachFrame(network, reason).ToBytes());

    private void Set(NetworkId network, AttachmentState state)
    {
        if (!_states.ContainsKey(network)) _networks.Add(network);
        _states[network] = state;
        Recount();
    }

    private void Forget(NetworkId network, Instant now = default)
    {
        if (!_states.Remove(network, out var state)) return;
        _networks.Remove(network);
        if (state is AttachmentState.Open { Channel: var open }) Close(open, now);
        if (state is AttachmentState.Leaving { Channel: { } left }) Close(left, now);
        Recount();
    }

    private void Close(OpenChannel channel, Instant now)
    {
        // A number of the other side may have been taken by a newer channel since.
        if (_byRemoteNumber.TryGet(channel.RemoteNumber, out var newest) && newest == channel) _byRemoteNumber.Remove(channel.RemoteNumber);
        _byNumber.Remove(channel.Send.Number);
        grants.Close(channel, now);
    }

    private void Recount()
    {
        (NextDeadline, Liveness) = (null, null);
        foreach (var network in _networks)
        {
            var state = _states[network];
            NextDeadline = Instant.Earlier(NextDeadline, state switch { AttachmentState.Asked asked => asked.Until, AttachmentState.Leaving leaving => leaving.Until, _ => null });
            var ours = state switch { AttachmentState.Offered offered => offered.Ours, AttachmentState.Open open => open.Ours, _ => null };
            if (ours is not null) Liveness = Tightest(Liveness, ours.Liveness);
        }
    }

    private static Liveness Tightest(Liveness? left, Liveness right) =>
        left is null ? right : new(Shorter(left.PingAfter, right.PingAfter), Shorter(left.SuspectAfter, right.SuspectAfter), Shorter(left.ResumeWindow, right.ResumeWindow));

    private static TimeSpan Shorter(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
