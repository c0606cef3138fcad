using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.Plumtree;

/// <summary>A message that somebody has and that did not come, who has it, and when to ask for it.</summary>
internal sealed class MissingMessage(MessageId id, PeerId namedBy, Instant giveUpAt)
{
    public MessageId Id => id;

    /// <summary>Who was the first to name it.</summary>
    public PeerId NamedBy => namedBy;

    public Instant GiveUpAt => giveUpAt;
    public Instant Due { get; set; }
    public List<(PeerId From, int Round)> Announcers { get; } = [];
    public int Asked { get; set; }

    /// <summary>How often all that have it were asked; no more than 4 counts, 16 times the first pause.</summary>
    public int Round => Math.Min(4, Asked / Math.Max(1, Announcers.Count));
}

/// <summary>What was announced and has not come (paper, algorithm 2): after a first time of patience a GRAFT to the first that has it, then to the next, round and round.</summary>
internal sealed class MissingMessages(PlumtreeOptions options)
{
    private readonly Dictionary<MessageId, MissingMessage> _byId = [];
    private readonly Dictionary<PeerId, int> _named = [];
    private readonly PriorityQueue<MissingMessage, (long Ticks, long Order)> _byDue = new(); // those that are due together in the order in which they were named
    private long _order;

    public int Count => _byId.Count;

    public Instant? NextDeadline
    {
        get
        {
            while (_byDue.TryPeek(out var missing, out var due))
            {
                if (IsCurrent(missing, due.Ticks)) return missing.Due;
                _byDue.Dequeue();
            }
            return null;
        }
    }

    /// <summary>Somebody has it, or must have had it.</summary>
    public void Add(MessageId id, PeerId from, int round, Instant now)
    {
        if (!_byId.TryGetValue(id, out var missing))
        {
            var named = _named.GetValueOrDefault(from);
            if (_byId.Count >= options.MissingMax || named >= options.MissingPerNeighborMax) return; // a later summary names it again
            _named[from] = named + 1;
            missing = _byId[id] = new MissingMessage(id, from, now + options.RepairTimeout) { Due = now + options.GraftAfter };
            _byDue.Enqueue(missing, (missing.Due.Ticks, _order++));
        }
        if (missing.Announcers.Count < options.AnnouncersMax && !missing.Announcers.Exists(known => known.From == from)) missing.Announcers.Add((from, round));
    }

    public bool TryTake(MessageId id, [NotNullWhen(true)] out MissingMessage? missing)
    {
        if (!_byId.Remove(id, out missing)) return false;
        if (--_named[missing.NamedBy] == 0) _named.Remove(missing.NamedBy);
        if (_byId.Count == 0)
        {
            _byDue.Clear();
            _byDue.TrimExcess();
            _byId.TrimExcess();
            _named.TrimExcess();
        }
        return true;
    }

    /// <summary>The next that is due, put off until it may be asked for again. What was asked for long enough is forgotten.</summary>
    public bool TryTakeDue(Instant now, [NotNullWhen(true)] out MissingMessage? missing)
    {
        while (NextDeadline <= now)
        {
            missing = _byDue.Dequeue();
            if (missing.GiveUpAt <= now)
            {
                TryTake(missing.Id, out _);
                continue;
            }
            missing.Due = now + options.GraftAgainAfter * (1 << missing.Round);
            _byDue.Enqueue(missing, (missing.Due.Ticks, _order++));
            return true;
        }
        missing = null;
        return false;
    }

    private bool IsCurrent(MissingMessage missing, long ticks) => missing.Due.Ticks == ticks && _byId.TryGetValue(missing.Id, out var current) && current == missing;
}
