using System.Diagnostics.CodeAnalysis;
using Netflux.Core;

namespace Netflux.Sessions;

/// <summary>The addresses of one peer: which are being dialled, and when which is dialled (again).</summary>
internal sealed class SearchedAddresses(LinkSearchOptions options, IRandomSource random)
{
    private sealed class Address(Uri uri)
    {
        public Uri Uri { get; } = uri;
        public Instant? DialledAt { get; set; }   // a dial is under way since then
        public Instant? DueAt { get; set; }       // null: not in this round
        public int Attempts { get; set; }
        public bool Failed { get; set; }
    }

    private readonly List<Address> _addresses = [];
    private Instant _nextDial;

    public int Count => _addresses.Count;

    /// <summary>Whether every address has failed since the search began; so it is where there is none.</summary>
    public bool AllFailed => _addresses.TrueForAll(address => address.Failed);

    /// <summary>Whether some address is being dialled, or about to be for the first time.</summary>
    public bool IsDialling => _addresses.Exists(address => address.DialledAt is not null || address is { Failed: false, DueAt: not null });

    /// <summary>Everything is due once, in order, from then on.</summary>
    public void Begin(Instant first)
    {
        if (_nextDial < first) _nextDial = first;
        foreach (var address in _addresses)
        {
            (address.DueAt, address.Attempts, address.Failed) = (first, 0, false);
            if (address.DialledAt + options.DialPatience <= first) address.DialledAt = null; // swallowed
        }
    }

    /// <summary>
    /// Nothing is due any more, but for what the peer asks for. What was being dialled has led to the link that ended the search, or is not needed: the next search,
    /// which may be for that very link a moment later, does not wait for it.
    /// </summary>
    public void End()
    {
        foreach (var address in _addresses) (address.DialledAt, address.DueAt) = (null, null);
    }

    /// <summary>Adds what is new at the end, due in a search; the oldest that is not being dialled makes room.</summary>
    public void Learn(IReadOnlyList<Uri> uris, Instant now)
    {
        foreach (var uri in uris.Take(options.AddressesMax))
        {
            if (_addresses.Exists(address => address.Uri == uri)) continue;
            if (_addresses.Count >= options.AddressesMax) _addresses.RemoveAt(Math.Max(0, _addresses.FindIndex(address => address.DialledAt is null)));
            _addresses.Add(new Address(uri));
        }
    }

    /// <summary>The peer says that it can be dialled there now: these are due once, whatever came of them before, unless a dial is under way.</summary>
    public void LearnToDial(IReadOnlyList<Uri> uris, Instant now)
    {
        Learn(uris, now);
        foreach (var address in _addresses)
            if (uris.Contains(address.Uri) && address.DialledAt is null) (address.DueAt, address.Failed) = (now, false);
    }

    public void HandleFailed(Uri uri, Instant now)
    {
        if (_addresses.Find(address => address.Uri == uri) is not { } address) return;
        address.DialledAt = null;
        address.Failed = true;
        address.DueAt = now + SearchPause.After(address.Attempts++, options, random);
        if (_nextDial > now) _nextDial = now;
    }

    /// <param name="repeat">In a search, what was not dialled or has failed is due (again); outside one, only what was asked for.</param>
    public bool TryTakeDue(Instant now, bool repeat, [NotNullWhen(true)] out Uri? uri)
    {
        uri = null;
        if (_nextDial > now) return false;
        var due = _addresses.Where(address => DueOf(address, repeat) is { } at && at <= now).MinBy(address => address.DueAt ?? default);
        if (due is null) return false;
        if (due.DialledAt is not null) due.Failed = true; // swallowed
        (due.DialledAt, due.DueAt) = (now, null);
        _nextDial = now + options.DialStagger;
        uri = due.Uri;
        return true;
    }

    public Instant? NextDue(bool repeat)
    {
        Instant? next = null;
        foreach (var address in _addresses) next = Instant.Earlier(next, DueOf(address, repeat));
        return next is { } at && at < _nextDial ? _nextDial : next;
    }

    private Instant? DueOf(Address address, bool repeat)
    {
        if (address.DialledAt is { } since) return repeat ? since + options.DialPatience : null;
        if (!repeat && address.Failed) return null;
        return address.DueAt ?? (repeat ? Instant.Zero : null);
    }
}

/// <summary>Ways of one kind, tried one after the other: the next when one failed, or has had its time.</summary>
internal sealed class SearchedWays<T>(LinkSearchOptions options, TimeSpan patience, IRandomSource random) where T : struct
{
    private sealed class Way(T value)
    {
        public T Value { get; } = value;
        public Instant? DueAt { get; set; }
        public int Attempts { get; set; }
        public bool Failed { get; set; }
    }

    /// <summary>Tried beside each other at the start of a search, at most. Guess: the first usually works.</summary>
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(500);

    private List<Way> _ways = [];
    private Instant? _lastTried;

    public int Count => _ways.Count;

    public Instant? FirstTried { get; private set; }

    public bool AllFailed => _ways.TrueForAll(way => way.Failed);

    public void Begin()
    {
        (FirstTried, _lastTried) = (null, null);
        foreach (var way in _ways) (way.DueAt, way.Attempts, way.Failed) = (null, 0, false);
    }

    public void Set(IReadOnlyList<T> values, Instant now) =>
        _ways = [.. values.Distinct().Select(value => _ways.Find(way => way.Value.Equals(value)) ?? new Way(value))];

    public void HandleFailed(T value, Instant now)
    {
        if (_ways.Find(way => way.Value.Equals(value)) is not { } way) return;
        way.Failed = true;
        way.DueAt = now + SearchPause.After(way.Attempts++, options, random);
        _lastTried = null;
    }

    /// <summary>It works; whatever comes of it is not its fault.</summary>
    public void HandleAnswered(T value, Instant now)
    {
        if (_ways.Find(way => way.Value.Equals(value)) is { } way) way.Attempts = 0;
    }

    public bool TryTakeDue(Instant now, out T value)
    {
        value = default;
        if (NextDue is not { } next || next > now) return false;
        var due = _ways.Where(way => (way.DueAt ?? Instant.Zero) <= now).MinBy(way => way.DueAt ?? Instant.Zero);
        if (due is null) return false;
        FirstTried ??= now;
        _lastTried = now;
        due.DueAt = now + patience + SearchPause.After(due.Attempts++, options, random);
        value = due.Value;
        return true;
    }

    /// <summary>All of them at once, whenever each would be due.</summary>
    public IReadOnlyList<T> TakeAll(Instant now)
    {
        FirstTried ??= now;
        _lastTried = now;
        foreach (var way in _ways) way.DueAt = now + patience + SearchPause.After(way.Attempts++, options, random);
        return [.. _ways.Select(way => way.Value)];
    }

    public Instant? NextDue
    {
        get
        {
            Instant? next = null;
            foreach (var way in _ways) next = Instant.Earlier(next, way.DueAt ?? Instant.Zero);
            return next is { } at && _lastTried is { } last && at < last + Stagger ? last + Stagger : next;
        }
    }
}

internal static class SearchPause
{
    /// <summary>Exponential from <see cref="LinkSearchOptions.RetryMin"/> to <see cref="LinkSearchOptions.RetryMax"/>, with jitter.</summary>
    public static TimeSpan After(int attempts, LinkSearchOptions options, IRandomSource random)
    {
        var pause = options.RetryMin * Math.Pow(2, Math.Min(attempts, 16));
        return random.Jitter(pause < options.RetryMax ? pause : options.RetryMax, options.RetrySpread);
    }
}
