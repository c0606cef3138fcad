using System.Globalization;
using System.Text;

namespace Netflux.TestKit;

/// <summary>What happened, line by line: the same for the same seed and the same test.</summary>
internal sealed class WorldTrace(WorldLoop loop)
{
    /// <summary>Guess: a failure is explained by its last lines; a long run must not fill the memory.</summary>
    private const int CharactersMax = 64 << 20;

    private readonly StringBuilder _text = new();

    public void Add(string line)
    {
        if (_text.Length < CharactersMax)
            _text.Append(CultureInfo.InvariantCulture, $"{loop.Elapsed.TotalSeconds,10:0.000000} ").Append(line).Append('\n');
    }

    /// <summary>The last lines.</summary>
    public string Tail(int lines)
    {
        var text = _text.ToString();
        var at = text.Length - 1;
        for (var i = 0; i < lines && at > 0; i++) at = text.LastIndexOf('\n', at - 1);
        return text[(at + 1)..];
    }

    public void Clear()
    {
        _text.Clear();
        _text.Capacity = 0;
    }

    public override string ToString() => _text.ToString();
}
