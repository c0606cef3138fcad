using Netflux.Core;
using Netflux.TestKit;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>One agent of a test, its sockets, and what it said.</summary>
internal sealed class IceParty : IRemoteAddresses
{
    private readonly IceWorld _world;
    private readonly HashSet<(IceBase Base, TransportAddress Remote)> _held = [];
    private int _bases;

    public IceParty(IceWorld world, string name, IceRole role, IceOptions? options)
    {
        (_world, Name) = (world, name);
        Agent = new IceAgent(role, options ?? new IceOptions(), SeededRandom.For(world.Seed, name), this);
    }

    public string Name { get; }

    public IceAgent Agent { get; }

    public List<SimulatedSocket> Sockets { get; } = [];

    public PairSelected? Selected { get; private set; }

    public List<(Instant At, IceState State, string Why)> States { get; } = [];

    public List<(Instant At, PairSelected Pair)> Selections { get; } = [];

    /// <summary>The addresses from which the other side has asked or answered.</summary>
    public HashSet<(IceBase Base, TransportAddress Remote)> Routes { get; } = [];

    /// <summary>Addresses that another connection of this side holds.</summary>
    public HashSet<TransportAddress> HeldElsewhere { get; } = [];

    public bool MayTake { get; set; }

    public int Refusals { get; private set; }

    public List<LocalCandidate> Announced { get; } = [];

    public List<string> NamesAsked { get; } = [];

    public List<string> Retired { get; } = [];

    public List<(Instant At, StunSent What)> Sent { get; } = [];

    public int RequestsSent => Sent.Count(sent => sent.What.Awaits is not null);

    /// <summary>Announced candidates go here; null is signaling that lost them.</summary>
    public Action<LocalCandidate>? Announce { get; set; }

    /// <summary>A fault of this party: what it is about to send, changed, or null for nothing.</summary>
    public Func<StunSent, StunSent?>? Leaving { get; set; }

    /// <summary>A fault of this party: what it is about to read, changed.</summary>
    public Func<byte[], byte[]>? Arriving { get; set; }

    /// <summary>Whether a request is being handled now: what is sent meanwhile was triggered by it.</summary>
    public bool IsHandlingRequest { get; private set; }

    public bool TryHold(IceBase @base, in TransportAddress remote, HoldReason reason)
    {
        if (MayTake && reason == HoldReason.Answered) HeldElsewhere.Remove(remote);
        if (HeldElsewhere.Contains(remote)) return false;
        _held.Add((@base, remote));
        if (reason != HoldReason.Checking) Routes.Add((@base, remote));
        return true;
    }

    public void Release(IceBase @base, in TransportAddress remote)
    {
        Assert.True(_held.Remove((@base, remote)));
        Routes.Remove((@base, remote));
    }

    public IceBase Open(string address, SimulatedNat? nat = null, CandidateType type = CandidateType.Host, string? mapped = null, int port = 0, uint scope = 0)
    {
        var at = SimulatedNat.At(address, port == 0 ? _world.NextPort() : port) with { ScopeId = scope };
        var socket = new SimulatedSocket(this, new IceBase(_bases++), at, nat);
        Sockets.Add(socket);
        _world.Add(socket);
        if (type == CandidateType.Relayed) Handle(LocalCandidateFound.Relayed(socket.Base, at, at, SimulatedNat.At(address, 3478)));
        else Handle(LocalCandidateFound.Host(socket.Base, at));
        if (nat is not null && mapped is null) AnnounceMapped(socket, nat);
        return socket.Base;
    }

    private void AnnounceMapped(SimulatedSocket socket, SimulatedNat nat)
    {
        var server = SimulatedNat.At("203.0.113.250", 3478);
        Handle(LocalCandidateFound.ServerReflexive(socket.Base, nat.Outgoing(socket.Address, server), socket.Address, server));
    }

    public void Handle(IceFact fact)
    {
        Agent.Handle(fact, _world.Now);
        Pump();
    }

    public void Receive(IceBase at, TransportAddress from, byte[] message)
    {
        if (Arriving is { } arriving) message = arriving(message);
        IsHandlingRequest = StunMessage.TryParse(message, out var stun) && stun.Class == StunClass.Request;
        Agent.HandleStun(at, from, message, _world.Now);
        Pump();
        IsHandlingRequest = false;
    }

    public void HandleDeadline()
    {
        Agent.HandleDeadline(_world.Now);
        Pump();
        Assert.True(Agent.NextDeadline is not { } next || next > _world.Now, $"seed {_world.Seed}: {Name} spins at {_world.Now}");
    }

    private void Pump()
    {
        while (Agent.TryTake(out var instruction))
        {
            switch (instruction)
            {
                case AnnounceCandidate announce:
                    Announced.Add(announce.Candidate);
                    Announce?.Invoke(announce.Candidate);
                    break;
                case PairSelected selected:
                    Selected = selected;
                    Selections.Add((_world.Now, selected));
                    break;
                case IceStateChanged changed:
                    States.Add((_world.Now, changed.State, changed.Why));
                    break;
                case AddressRefused:
                    Refusals++;
                    break;
                case ResolveName resolve:
                    NamesAsked.Add(resolve.Name);
                    break;
                case UfragRetired retired:
                    Retired.Add(retired.Ufrag);
                    break;
            }
        }
        var room = new byte[1_280];
        while (Agent.TryTakeMessage(room, out var length, out var from, out var to)) Leave(new(from, to, room[..length]));
    }

    private void Leave(StunSent made)
    {
        if ((Leaving is { } leaving ? leaving(made) : made) is not { } leaves) return;
        Sent.Add((_world.Now, leaves));
        _world.Send(Sockets.First(socket => socket.Base == leaves.From), leaves.To, leaves.Message);
    }
}

/// <summary>A message as it left an agent.</summary>
internal sealed record StunSent(IceBase From, TransportAddress To, byte[] Message)
{
    /// <summary>The transaction whose response it waits for; null where it waits for none.</summary>
    public StunTransactionId? Awaits => StunMessage.TryParse(Message, out var stun) && stun.Class == StunClass.Request ? stun.Id : null;
}

internal sealed record SimulatedSocket(IceParty Party, IceBase Base, TransportAddress Address, SimulatedNat? Nat);
