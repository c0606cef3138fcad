namespace Netflux.TestKit;

/// <summary>
/// What is wrong between two peers of a world, or between a peer and a server: <c>world.Link(ann, bob).Latency(20, 200).Loss(0.2)</c>. Settings hold from
/// now on, for the links that are open and for later ones, until changed or <see cref="Clear"/>ed. Without any, a message takes one millisecond.
/// </summary>
/// <remarks>
/// Links are reliable and ordered, as WebSockets are over TCP. So <see cref="Loss"/> shows as delay, for the message and all behind it, and
/// <see cref="Duplicate"/> as bytes on the line: the layer below discards the second copy. What makes sessions repeat and lose is a break:
/// <see cref="Cut"/> and <see cref="Breaks"/>, before a message arrived or right after it, when its sender cannot know.
/// </remarks>
public sealed class LinkFaults
{
    /// <summary>Guess: how long a dialler waits for an answer that does not come; the WebSocket dialler's own limit is of this order.</summary>
    internal static readonly TimeSpan DialTimeout = TimeSpan.FromSeconds(10);

    /// <summary>RFC 6298 §2.4 says 1 s at least; Linux uses 200 ms, and so do we.</summary>
    private static readonly TimeSpan s_retransmission = TimeSpan.FromMilliseconds(200);

    /// <summary>RFC 6298 §5.5: the time-out doubles; RFC 1122 §4.2.3.5 lets a connection be given up after some. Eight doublings are 51 s.</summary>
    private const int RetransmissionsMax = 8;

    private readonly string _left;
    private readonly string _right;
    private readonly SeededRandom _random;
    private TimeSpan _latencyMin = TimeSpan.FromMilliseconds(1);
    private TimeSpan _latencyMax = TimeSpan.FromMilliseconds(1);
    private double _loss;
    private double _duplicate;
    private double _breaks;
    private long? _bytesPerSecond;
    private bool _holedFromLeft;
    private bool _holedFromRight;

    internal LinkFaults(MemoryNetwork network, string left, string right, SeededRandom random) =>
        (Network, _left, _right, _random) = (network, left, right, random);

    internal MemoryNetwork Network { get; }

    internal bool CannotDial { get; private set; }

    internal bool CannotConnect { get; private set; }

    /// <summary>How many links are open between the two now.</summary>
    public int LinksOpen => Network.Links.Count(link => link.Faults == this);

    /// <summary>How many messages of links (each a record of many frames) have arrived, in both directions.</summary>
    public long MessagesPassed { get; private set; }

    /// <summary>How many bytes have arrived, in both directions.</summary>
    public long BytesPassed { get; private set; }

    /// <summary>A message takes this long to the other side, drawn anew for each, in milliseconds; the order stays.</summary>
    public LinkFaults Latency(double fromMilliseconds, double toMilliseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fromMilliseconds);
        ArgumentOutOfRangeException.ThrowIfLessThan(toMilliseconds, fromMilliseconds);
        (_latencyMin, _latencyMax) = (TimeSpan.FromMilliseconds(fromMilliseconds), TimeSpan.FromMilliseconds(toMilliseconds));
        return this;
    }

    /// <summary>A message is lost with this probability and sent again after 200 ms, twice that for the next loss, and so on; after eight losses in a row the link breaks.</summary>
    public LinkFaults Loss(double probability)
    {
        _loss = Probability(probability);
        return this;
    }

    /// <summary>A message crosses the line twice with this probability. The layer below discards the copy, so it costs bandwidth only; for repeats above the link see <see cref="Breaks"/>.</summary>
    public LinkFaults Duplicate(double probability)
    {
        _duplicate = Probability(probability);
        return this;
    }

    /// <summary>The link breaks at a message with this probability: half of the times before it arrives, half right after.</summary>
    public LinkFaults Breaks(double probability)
    {
        _breaks = Probability(probability);
        return this;
    }

    /// <summary>The line carries this many bytes per second in each direction.</summary>
    public LinkFaults Bandwidth(long bytesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytesPerSecond);
        _bytesPerSecond = bytesPerSecond;
        return this;
    }

    /// <summary>Nothing arrives any more, and nobody is told: a cable is out. What was sent arrives after <see cref="Heal"/>.</summary>
    public LinkFaults BlackHole()
    {
        _holedFromLeft = _holedFromRight = true;
        return this;
    }

    /// <summary>What this peer sends to the other does not arrive any more, while the other direction works.</summary>
    public LinkFaults BlackHole(TestPeer from)
    {
        ArgumentNullException.ThrowIfNull(from);
        return BlackHoleFrom(from.Name);
    }

    /// <summary>The two cannot reach each other: open links are cut, every dial is refused. They need a third to relay.</summary>
    public LinkFaults CannotLink()
    {
        CannotConnect = CannotDial = true;
        return Cut();
    }

    /// <summary>The two cannot dial each other from now on, while data channels open: as behind firewalls.</summary>
    public LinkFaults CannotBeDialled()
    {
        CannotDial = true;
        return this;
    }

    /// <summary>No data channel opens between the two from now on, as between NATs that let nothing through; those that are open stay.</summary>
    public LinkFaults NoDataChannels()
    {
        CannotConnect = true;
        return this;
    }

    /// <summary>Ends black holes, <see cref="CannotLink"/>, <see cref="CannotBeDialled"/> and <see cref="NoDataChannels"/>; the other settings stay.</summary>
    public LinkFaults Heal()
    {
        CannotConnect = CannotDial = _holedFromLeft = _holedFromRight = false;
        foreach (var link in Mine())
        {
            link.Dialler.Out.Resume();
            link.Listener.Out.Resume();
        }
        return this;
    }

    /// <summary>Back to a line without faults.</summary>
    public LinkFaults Clear()
    {
        (_loss, _duplicate, _breaks, _bytesPerSecond) = (0, 0, 0, null);
        _latencyMin = _latencyMax = TimeSpan.FromMilliseconds(1);
        return Heal();
    }

    /// <summary>Breaks the links that are open now; both sides are told at once.</summary>
    /// <param name="midFrame">Whether what is under way is lost; otherwise it arrives first.</param>
    public LinkFaults Cut(bool midFrame = false)
    {
        foreach (var link in Mine()) link.Cut(midFrame);
        return this;
    }

    /// <inheritdoc />
    public override string ToString() => $"{_left} and {_right}";

    internal LinkFaults BlackHoleFrom(string name)
    {
        if (name == _left) _holedFromLeft = true;
        else if (name == _right) _holedFromRight = true;
        else throw new ArgumentException($"'{name}' is not one of {this}.", nameof(name));
        return this;
    }

    internal bool IsApart => CannotDial && CannotConnect || _holedFromLeft || _holedFromRight;

    internal bool IsHoled(string from) => from == _left ? _holedFromLeft : _holedFromRight;

    internal TimeSpan OneWay() => _latencyMin + (_latencyMax - _latencyMin) * _random.NextDouble();

    internal TimeSpan RoundTrip() => OneWay() + OneWay();

    internal void Passed(int bytes)
    {
        MessagesPassed++;
        BytesPassed += bytes;
    }

    internal void CutLinkOf(MemoryLinkEnd end)
    {
        foreach (var link in Mine())
            if (link.Dialler == end || link.Listener == end) link.Cut(midFrame: true);
    }

    /// <summary>Draws what happens to one message.</summary>
    internal (TimeSpan OnTheLine, TimeSpan Latency, LinkBreak Break) Trip(string from, int length)
    {
        var copies = _random.Chance(_duplicate) ? 2 : 1;
        var onTheLine = _bytesPerSecond is { } rate ? TimeSpan.FromSeconds((double)length * copies / rate) : TimeSpan.Zero;
        var latency = OneWay();
        var breaks = _random.Chance(_breaks) ? _random.Chance(0.5) ? LinkBreak.BeforeArrival : LinkBreak.AfterArrival : LinkBreak.None;
        var again = s_retransmission;
        for (var losses = 0; _random.Chance(_loss); losses++, again *= 2)
        {
            if (losses == RetransmissionsMax) return (onTheLine, latency, LinkBreak.BeforeArrival);
            latency += again;
        }
        return (onTheLine, latency, breaks);
    }

    private MemoryLink[] Mine() => [.. Network.Links.Where(link => link.Faults == this)];

    private static double Probability(double value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1);
        return value;
    }
}
