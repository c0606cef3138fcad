using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.Gossip.Roster;

/// <summary>A place in an author's broadcasts: the run, and the number in it. The later shows life after the earlier.</summary>
internal readonly record struct BroadcastPlace(Incarnation Run, ulong Sequence) : IComparable<BroadcastPlace>
{
    /// <summary>Behind all of the run.</summary>
    public BroadcastPlace EndOfRun() => this with { Sequence = ulong.MaxValue };

    public int CompareTo(BroadcastPlace other) => (Run, Sequence).CompareTo((other.Run, other.Sequence));
}

internal enum Standing
{
    /// <summary>Users see it.</summary>
    Member,

    /// <summary>It went, or was lost.</summary>
    Gone,

    /// <summary>There are more members than are seen one by one.</summary>
    Beyond,
}

/// <summary>Somebody whose record we have.</summary>
internal sealed class RosterMember(MemberRecord record, Instant now)
{
    public MemberRecord Record { get; set; } = record;
    public PeerId Id => Record.Id;
    public Standing Standing { get; set; } = Standing.Beyond;

    /// <summary>The last sign of life.</summary>
    public Instant HeardAt { get; set; } = now;

    /// <summary>Its last broadcast that came here.</summary>
    public BroadcastPlace Last { get; set; }

    /// <summary>A neighbour lost it: it is gone then, unless it speaks after <see cref="DoubtedAfter"/>. Of one that is gone: until when lists do not bring it back.</summary>
    public Instant? Until { get; set; }

    public BroadcastPlace DoubtedAfter { get; set; }

    /// <summary>It said that it goes: it is gone then, whatever else of it is still under way.</summary>
    public PeerLeavingReason? Going { get; set; }

    /// <summary>When it last said by itself that it lives.</summary>
    public Instant? AliveAt { get; set; }

    /// <summary>A channel with it is open, and this run of it: its session judges whether it lives.</summary>
    public Incarnation? LinkedAs { get; set; }

    public bool IsLinked => LinkedAs is not null;

    /// <summary>Users were told that it is suspected.</summary>
    public bool IsSuspected { get; set; }
}
