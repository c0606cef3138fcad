using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Networks;

/// <summary>
/// What is known of the roots that a network's tracking server signed, shown by it or told by other members. An honest one signs each state of the members once, whoever asks, and never goes back:
/// two that do not fit together prove that it lied to somebody, or lost what it had stored. Its key is that of the first root that it showed to this member itself, or that the ticket says by which it came.
/// </summary>
internal sealed class RootHistory(NetworkId network, RootOptions options)
{
    private readonly record struct Known(TrackerRoot Root, Instant Since);

    private readonly SortedDictionary<ulong, Known> _known = [];
    private readonly HashSet<(TrackerContradiction, string, string)> _told = [];
    private PeerId? _tracker;

    /// <summary>That with the highest epoch; null before the server has shown one.</summary>
    public TrackerRoot? Highest => _known.Count > 0 ? _known.Values.Last().Root : null;

    /// <summary>The contradictions that come to light by what the server shows.</summary>
    public IEnumerable<AnnounceContradiction> HandleShown(ShownRoot shown, Instant now)
    {
        var root = shown.Root;
        if (root.Network != network) return [];
        _tracker ??= root.Tracker;
        if (root.Tracker != _tracker) return Told(new AnnounceContradiction(TrackerContradiction.OtherKey, Highest!, root));
        // Others may have told of a higher one meanwhile, so only what was known when the server was asked counts.
        var before = _known.Values.LastOrDefault(known => known.Since < shown.AskedAt).Root;
        List<AnnounceContradiction> found = before?.Epoch > root.Epoch ? [new(TrackerContradiction.LowerEpoch, before, root)] : [];
        found.AddRange(Take(root, now));
        return Told([.. found]);
    }

    /// <summary>A member has signed that this was the state of things, and whose key the server's is, before this process asked the server for anything.</summary>
    public IEnumerable<AnnounceContradiction> HandleVouched(TrackerRoot root)
    {
        if (root.Network != network) return [];
        _tracker ??= root.Tracker;
        return root.Tracker == _tracker ? Told([.. Take(root, Instant.Zero)]) : [];
    }

    /// <summary>The same by what another member tells, whose word it is not: the server signed it. What somebody else signed says nothing.</summary>
    public IEnumerable<AnnounceContradiction> HandleTold(TrackerRoot root, Instant now) =>
        root.Network == network && root.Tracker == _tracker ? Told([.. Take(root, now)]) : [];

    public IEnumerable<AnnounceContradiction> HandleWrongList(TrackerRoot root) => Told(new AnnounceContradiction(TrackerContradiction.OtherMembers, root, null));

    private List<AnnounceContradiction> Take(TrackerRoot root, Instant now)
    {
        if (_known.TryGetValue(root.Epoch, out var same)) return same.Root.Agrees(root) ? [] : [new(TrackerContradiction.TwoRoots, same.Root, root)];
        List<AnnounceContradiction> found = [];
        if (_known.TryGetValue(root.Epoch - 1, out var last) && !Follows(last.Root, root)) found.Add(new(TrackerContradiction.BrokenChain, last.Root, root));
        if (_known.TryGetValue(root.Epoch + 1, out var next) && !Follows(root, next.Root)) found.Add(new(TrackerContradiction.BrokenChain, root, next.Root));
        _known.Add(root.Epoch, new(root, now));
        if (_known.Count > options.RememberedMax) _known.Remove(_known.Keys.First());
        return found;
    }

    private static bool Follows(TrackerRoot first, TrackerRoot second) => second.Previous.Span.SequenceEqual(first.Root.Span);

    /// <summary>Each pair once, and no more than users can do something with.</summary>
    private List<AnnounceContradiction> Told(params AnnounceContradiction[] found) => [.. found.Where(one => _told.Count < options.ContradictionsMax && _told.Add((one.How, Named(one, one.First), Named(one, one.Second))))];

    private static string Named(AnnounceContradiction one, TrackerRoot? root) =>
        root is null ? "" : one.How == TrackerContradiction.OtherKey ? root.Tracker.ToString() : $"{root.Epoch} {Convert.ToHexString(root.Root.Span)} {Convert.ToHexString(root.Previous.Span)}";
}
