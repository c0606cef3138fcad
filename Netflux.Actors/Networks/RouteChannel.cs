using Netflux.Core;
using Netflux.Wire;

namespace Netflux.Networks;

/// <summary>A channel with a neighbour: what went and was not consumed, and what came.</summary>
internal sealed class RouteChannel(long windowCost)
{
    private readonly Ring<(int Cost, ulong Own)> _sent = new();
    private long _outstanding;
    private ulong _landed;

    public ulong Received { get; set; }
    public ulong Consumed { get; set; }
    public bool IsCongested { get; set; }

    /// <summary>Half of the window: what was gathered and not sent yet still fits.</summary>
    public bool IsFull => _outstanding > windowCost / 2;

    public bool IsCaughtUp => _outstanding <= windowCost / 8;

    public void Add(int length, ulong own)
    {
        var cost = MessageCost.Of(length);
        _outstanding += cost;
        _sent.Enqueue((cost, own));
    }

    public bool TryTake(ulong upTo, out (int Cost, ulong Own) frame)
    {
        frame = default;
        if (_landed >= upTo || !_sent.TryDequeue(out frame)) return false;
        _landed++;
        _outstanding -= frame.Cost;
        return true;
    }

    public IEnumerable<(int Cost, ulong Own)> TakeAll()
    {
        while (_sent.TryDequeue(out var frame)) yield return frame;
    }
}
