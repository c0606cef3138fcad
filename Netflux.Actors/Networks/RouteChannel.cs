using Netflux.Core;
using Netflux.Wire;

namespace Netflux.Networks;

/// <summary>
/// A channel with a neighbour: what went and was not consumed, and what came. Its window counts a message above 64 KiB as 64 KiB, so true bytes are counted beside it: what is passed on for others
/// was consumed here, and no reassembly budget stands for it any more.
/// </summary>
internal sealed class RouteChannel(long windowCost)
{
    /// <summary>True bytes for each of the window: the window full of messages of 1 MiB, by which those are not slowed. Guess.</summary>
    private const long BytesPerCost = 8;

    private readonly Ring<(int Length, ulong Own)> _sent = new();
    private long _outstanding;
    private long _bytes;
    private ulong _landed;

    public ulong Received { get; set; }
    public ulong Consumed { get; set; }
    public bool IsCongested { get; set; }

    /// <summary>Half of the window: what was gathered and not sent yet still fits. Or true bytes; so what is outstanding is at most those, and one message.</summary>
    public bool IsFull => _outstanding > windowCost / 2 || _bytes > BytesPerCost * windowCost;

    public bool IsCaughtUp => _outstanding <= windowCost / 8 && _bytes <= BytesPerCost * windowCost / 4;

    /// <summary>The length of what the neighbour is at; 0 where nothing is outstanding.</summary>
    public int CurrentLength => _sent.Count > 0 ? _sent[0].Length : 0;

    public void Add(int length, ulong own)
    {
        _outstanding += MessageCost.Of(length);
        _bytes += length;
        _sent.Enqueue((length, own));
    }

    public bool TryTake(ulong upTo, out ulong own)
    {
        own = 0;
        if (_landed >= upTo || !_sent.TryDequeue(out var frame)) return false;
        own = frame.Own;
        _landed++;
        _outstanding -= MessageCost.Of(frame.Length);
        _bytes -= frame.Length;
        return true;
    }

    /// <summary>The channel is gone: what was outstanding is lost.</summary>
    public IEnumerable<ulong> TakeAll()
    {
        while (_sent.TryDequeue(out var frame)) yield return frame.Own;
    }
}
