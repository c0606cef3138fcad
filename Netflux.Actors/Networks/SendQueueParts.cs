using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Networks;

/// <summary>An open channel to a member, from its opening to its closing.</summary>
internal sealed class SendMember(PeerId id, long windowCost, bool takesBroadcasts, Instant now)
{
    public PeerId Id { get; } = id;

    public bool TakesBroadcasts => takesBroadcasts;

    /// <summary>Nothing goes to it for now.</summary>
    public bool IsShut { get; set; }

    /// <summary>Places in the <see cref="FlightTable"/> of what was handed over and not consumed, oldest first.</summary>
    public Ring<int> Flights { get; } = new();

    /// <summary>Messages consumed, as the member says; never more than were handed over.</summary>
    public ulong Consumed { get; set; }

    public long CostCharged { get; set; }
    public long CostConsumed { get; set; }

    /// <summary>True bytes in <see cref="Flights"/>, without the large message.</summary>
    public long HeldBytes { get; set; }

    /// <summary>Whether the one large message of the network is in <see cref="Flights"/>.</summary>
    public bool HoldsLarge { get; set; }

    /// <summary>Direct messages that wait for acceptance.</summary>
    public int Pending { get; set; }

    /// <summary>When it last consumed anything.</summary>
    public Instant LastProgress { get; set; } = now;

    /// <summary>Since when others wait for this member; null if nobody does.</summary>
    public Instant? HeldUpSince { get; set; }

    /// <summary>Dropped for slowness, or closed: nothing more is sent to it.</summary>
    public bool Ended { get; set; }

    /// <summary>The pass in which something that waits for this member was met.</summary>
    public int BlockedInPass { get; set; }

    /// <summary>The pass in which others were seen waiting for it.</summary>
    public int BlamedInPass { get; set; }

    public long CostOutstanding => CostCharged - CostConsumed;

    /// <summary>A message above the whole window goes when nothing else is outstanding.</summary>
    public bool HasCredit(long cost) => CostOutstanding == 0 || CostOutstanding + cost <= windowCost;
}

/// <summary>One local sender with a send window.</summary>
internal sealed class SendWindow(object sender, long size)
{
    private readonly long _size = size;
    private long _told;
    private long _settled;
    private long _upTo = size;
    private long _accepted;

    public object Sender { get; } = sender;

    /// <summary>Its messages that wait for acceptance.</summary>
    public int Pending { get; set; }

    public bool IsClosed { get; set; }

    public int BlockedInPass { get; set; }

    public WindowOpened State => new(Sender, _upTo, _accepted);

    /// <summary>Every message told counts, refused ones too, so that both sides count alike. False if the window was shut.</summary>
    public bool TryTell(long cost)
    {
        var open = _told < _upTo;
        _told += cost;
        return open;
    }

    /// <summary>The message waits no more. True when a quarter of the window was settled since the sender was last told.</summary>
    public bool Settle(long cost, bool accepted)
    {
        _settled += cost;
        if (accepted) _accepted++;
        if (_settled + _size - _upTo < _size / 4) return false;
        _upTo = _settled + _size;
        return !IsClosed;
    }
}

/// <summary>A message that waits for acceptance; no longer <see cref="Waits"/> when it was accepted or withdrawn before the head of the line.</summary>
internal struct PendingSend
{
    public bool Waits;
    public bool Confirm;
    public object? Sender;
    public SendWindow? Window;
    public RequestId RequestId;
    public SendMember? To;
    public ReadOnlyMemory<byte> Payload;
}

/// <summary>A message accepted and not yet consumed by all.</summary>
internal struct Flight
{
    public long Id;
    public object? Confirming;
    public int Length;
    public int Waiting;
    public bool IsBroadcast;
    public bool IsLarge;
}

/// <summary>Messages on their way, in places that are used again; shared by all members that are to have them.</summary>
internal sealed class FlightTable
{
    private readonly Stack<int> _free = new();
    private Flight[] _flights = new Flight[16];
    private int _used;

    public ref Flight this[int place] => ref _flights[place];

    public int Add(in Flight flight)
    {
        if (!_free.TryPop(out var place))
        {
            if (_used == _flights.Length) Array.Resize(ref _flights, _used * 2);
            place = _used++;
        }
        _flights[place] = flight;
        return place;
    }

    public void Free(int place)
    {
        _flights[place] = default;
        _free.Push(place);
    }
}
