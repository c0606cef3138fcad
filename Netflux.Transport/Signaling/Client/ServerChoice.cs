using Netflux.Core;

namespace Netflux.Transport.Signaling.Client;

/// <summary>Which server of a cluster is dialled: the one that the user named, and after it those that it named in turn.</summary>
internal sealed class ServerChoice(string home, IRandomSource random, int othersMax)
{
    private const int UrlCharactersMax = 300; // guess: a name of 253 characters (RFC 1035 §2.3.4), a scheme and a port

    private readonly bool _isSecure = home.StartsWith("wss:", StringComparison.OrdinalIgnoreCase) || home.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
    private List<Uri> _others = [];
    private int _tried;

    /// <summary>Null is the user's own.</summary>
    public Uri? Current { get; private set; }

    public bool HasOthers => _others.Count > 0;

    public string Text => Current?.GetLeftPart(UriPartial.Authority) ?? home;

    /// <summary>Takes over whom a server named last. What is no URL of a server, or less secure than the user's own, is skipped: a server is not believed more than its user.</summary>
    public void Learn(IEnumerable<string> urls)
    {
        List<Uri> named = [.. urls.Take(othersMax).Select(Read).OfType<Uri>().Distinct()];
        if (named.Count == _others.Count && named.TrueForAll(_others.Contains)) return;
        // Each client in an order of its own: those of a server that dies spread over the others.
        for (var i = named.Count - 1; i > 0; i--)
        {
            var j = random.NextInt32(i + 1);
            (named[i], named[j]) = (named[j], named[i]);
        }
        _others = named;
    }

    /// <summary>The server stops, and said where to go.</summary>
    public bool TryGo(string url)
    {
        if (Read(url) is not { } other) return false;
        Current = other;
        return true;
    }

    public void Connected() => _tried = 0;

    /// <summary>The connection was lost: the server that lost it is the last that is well.</summary>
    public void Leave()
    {
        _tried = 0;
        Advance();
    }

    /// <summary>A dial failed: takes the next. False once all were tried, when it is time for a pause.</summary>
    public bool TryNext()
    {
        var isStranger = Current is not null && !_others.Contains(Current);
        Advance();
        if (++_tried <= _others.Count + (isStranger ? 1 : 0)) return true;
        _tried = 0;
        return false;
    }

    /// <summary>The user's own is followed by the others, and each that is named no more by the user's own.</summary>
    private void Advance()
    {
        var next = Current is null ? 0 : _others.IndexOf(Current) is >= 0 and var at ? at + 1 : _others.Count;
        Current = next < _others.Count ? _others[next] : null;
    }

    private Uri? Read(string url) =>
        url.Length <= UrlCharactersMax && Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "ws" or "wss" && (uri.Scheme == "wss" || !_isSecure)
        && uri is { AbsolutePath: "/", Query.Length: 0, Fragment.Length: 0, UserInfo.Length: 0 } && !string.Equals(uri.GetLeftPart(UriPartial.Authority), home, StringComparison.OrdinalIgnoreCase) ? uri : null;
}
