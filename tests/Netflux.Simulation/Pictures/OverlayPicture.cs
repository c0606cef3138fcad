using System.Globalization;
using System.Net;
using System.Text;
using Netflux.Simulation.Measures;

namespace Netflux.Simulation.Pictures;

/// <summary>A member in a picture.</summary>
/// <param name="Label">What stands on it.</param>
/// <param name="IsUnknown">Its own links are not known: it is drawn dashed.</param>
internal sealed record PictureNode(string Label, bool IsUnknown = false);

/// <summary>
/// An overlay: members, their links, and the tree of a broadcast, from its author in the middle outwards, a ring for each hop. Members are named by their places in the list.
/// </summary>
internal sealed class OverlayPicture
{
    private const double RingMin = 90, Margin = 40, Letter = 6.5;
    private const int LabelMax = 18;

    private readonly IReadOnlyList<PictureNode> _nodes;
    private readonly IReadOnlyList<(int One, int Other)> _links;
    private readonly IReadOnlyDictionary<int, int> _parents;
    private readonly Dictionary<int, List<int>> _children = [];
    private readonly Dictionary<int, (int Ring, double Angle)> _places = [];
    private readonly int? _root;
    private readonly double _ring;
    private int _rings;

    /// <param name="nodes">All members.</param>
    /// <param name="links">Each once.</param>
    /// <param name="root">The author; null draws no tree.</param>
    /// <param name="parents">From whom each has the broadcast.</param>
    public OverlayPicture(IReadOnlyList<PictureNode> nodes, IReadOnlyList<(int One, int Other)> links, int? root, IReadOnlyDictionary<int, int> parents)
    {
        (_nodes, _links, _root, _parents) = (nodes, links, root, parents);
        foreach (var (node, parent) in parents.OrderBy(pair => pair.Key))
        {
            if (!_children.TryGetValue(parent, out var children)) _children[parent] = children = [];
            children.Add(node);
        }
        if (_root is { } first) Place(first, 0, 0, 2 * Math.PI);
        PlaceTheRest();
        _ring = RingWidth();
    }

    /// <summary>A simulated overlay as it is at the end of a run, with the tree of the last broadcast.</summary>
    public static OverlayPicture Of(BroadcastTree tree)
    {
        var world = tree.World;
        List<int> numbers = [.. world.Alive.Select(node => node.Number)];
        var places = numbers.Select((number, place) => (number, place)).ToDictionary(pair => pair.number, pair => pair.place);
        List<(int, int)> links = [];
        foreach (var node in world.Alive)
        {
            foreach (var other in node.Views.Active.Select(neighbor => World.NumberOf(neighbor.Id)).Order())
            {
                if (node.Number < other && places.TryGetValue(other, out var place)) links.Add((places[node.Number], place));
            }
        }
        var parents = tree.Parents.Where(pair => places.ContainsKey(pair.Key) && places.ContainsKey(pair.Value)).ToDictionary(pair => places[pair.Key], pair => places[pair.Value]);
        return new OverlayPicture([.. numbers.Select(number => new PictureNode(number.ToString(CultureInfo.InvariantCulture)))], links,
            tree.Root is { } root && places.TryGetValue(root, out var author) ? author : null, parents);
    }

    /// <summary>Each gets a part of its parent's angle, as wide as it has leaves.</summary>
    private void Place(int node, int ring, double from, double to)
    {
        _rings = Math.Max(_rings, ring);
        _places[node] = (ring, (from + to) / 2);
        if (!_children.TryGetValue(node, out var children)) return;
        double leaves = children.Sum(Leaves);
        foreach (var child in children)
        {
            var width = (to - from) * Leaves(child) / leaves;
            Place(child, ring + 1, from, from + width);
            from += width;
        }
    }

    private int Leaves(int node) => _children.TryGetValue(node, out var children) ? children.Sum(Leaves) : 1;

    /// <summary>Whom the broadcast did not reach, outside.</summary>
    private void PlaceTheRest()
    {
        List<int> rest = [.. Enumerable.Range(0, _nodes.Count).Where(node => !_places.ContainsKey(node))];
        if (rest.Count == 0) return;
        _rings++;
        for (var i = 0; i < rest.Count; i++) _places[rest[i]] = (_rings, 2 * Math.PI * i / rest.Count);
    }

    /// <summary>So wide that neighbours on a ring do not cover each other.</summary>
    private double RingWidth()
    {
        var room = _nodes.Count == 0 ? 0 : Math.Max(24, Letter * _nodes.Max(node => Math.Min(node.Label.Length, LabelMax)));
        return _places.Values.GroupBy(place => place.Ring).Where(ring => ring.Key > 0).Select(ring => room * ring.Count() / (2 * Math.PI * ring.Key)).Prepend(RingMin).Max();
    }

    private (double X, double Y) At(int node) => (_places[node].Ring * _ring * Math.Cos(_places[node].Angle), _places[node].Ring * _ring * Math.Sin(_places[node].Angle));

    private bool IsOfTree(int one, int other) => _parents.GetValueOrDefault(one, -1) == other || _parents.GetValueOrDefault(other, -1) == one;

    private int Unknown => _nodes.Count(node => node.IsUnknown);

    /// <summary>What the picture shows, in a sentence.</summary>
    public string Title => string.Create(CultureInfo.InvariantCulture,
        $"{Count(_nodes.Count, "member")}, {Count(_links.Count, "link")}{(_root is { } root ? $", in red the way of a broadcast of {_nodes[root].Label}" : "")}{(Unknown > 0 ? $"; {Unknown} did not answer (dashed)" : "")}");

    private static string Count(int number, string what) => string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");

    public string ToSvg()
    {
        var half = _rings * _ring + Margin + Letter * LabelMax / 2;
        var (width, height) = (Math.Max(2 * half, Letter * (Title.Length + 2)), 2 * half);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" width="{width:F0}" height="{height:F0}" viewBox="{-width / 2:F0} {-half:F0} {width:F0} {height:F0}" font-family="sans-serif" font-size="11">""").Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"<title>{Escaped(Title)}</title>\n");
        text.Append(CultureInfo.InvariantCulture, $"""<rect x="{-width / 2:F0}" y="{-half:F0}" width="{width:F0}" height="{height:F0}" fill="#fff"/>""").Append('\n');
        foreach (var (one, other) in _links.Where(link => !IsOfTree(link.One, link.Other))) Line(one, other, "#bbb", 0.7);
        foreach (var (node, parent) in _parents.OrderBy(pair => pair.Key)) Line(parent, node, "#c33", 2);
        for (var node = 0; node < _nodes.Count; node++)
        {
            var (x, y) = At(node);
            var label = _nodes[node].Label;
            var fill = node == _root ? "#c33" : _parents.ContainsKey(node) ? "#fff" : "#ddd";
            // A number stands in its circle, a name below it, over whatever line is there.
            var below = label.Length > 4 || !label.All(char.IsAsciiDigit);
            text.Append(CultureInfo.InvariantCulture, $"""<circle cx="{x:F1}" cy="{y:F1}" r="10" fill="{fill}" stroke="#333"{(_nodes[node].IsUnknown ? " stroke-dasharray=\"3 2\"" : "")}><title>{Escaped(label)}</title></circle>""");
            text.Append(CultureInfo.InvariantCulture, $"""<text x="{x:F1}" y="{y + (below ? 22 : 4):F1}" text-anchor="middle" paint-order="stroke"{(below ? " stroke=\"#fff\" stroke-width=\"3\"" : "")}>{Escaped(Short(label))}</text>""").Append('\n');
        }
        text.Append(CultureInfo.InvariantCulture, $"""<text x="{8 - width / 2:F1}" y="{half - 8:F1}" fill="#555">{Escaped(Title)}</text>""").Append('\n');
        return text.Append("</svg>\n").ToString();

        void Line(int from, int to, string stroke, double thickness)
        {
            var ((x1, y1), (x2, y2)) = (At(from), At(to));
            text.Append(CultureInfo.InvariantCulture, $"""<line x1="{x1:F1}" y1="{y1:F1}" x2="{x2:F1}" y2="{y2:F1}" stroke="{stroke}" stroke-width="{thickness}"/>""").Append('\n');
        }
    }

    private static string Short(string label) => label.Length <= LabelMax ? label : label[..(LabelMax - 1)] + "…";

    /// <summary>Names are what others chose: no markup, and nothing that XML does not take.</summary>
    private static string Escaped(string text) => WebUtility.HtmlEncode(Printable(text));

    private static string Printable(string text) => string.Concat(text.EnumerateRunes().Select(rune => Rune.IsControl(rune) || rune.Value is 0xFFFE or 0xFFFF ? "\uFFFD" : rune.ToString()));

    /// <summary>For Graphviz: links without direction, those of the tree in red.</summary>
    public string ToDot()
    {
        var text = new StringBuilder("graph overlay {\n");
        text.Append(CultureInfo.InvariantCulture, $"  label={Quoted(Title)};\n  node [shape=circle];\n");
        for (var node = 0; node < _nodes.Count; node++)
            text.Append(CultureInfo.InvariantCulture, $"  {node} [label={Quoted(_nodes[node].Label)}{(node == _root ? ", style=filled, fillcolor=red" : _nodes[node].IsUnknown ? ", style=dashed" : "")}];\n");
        foreach (var (one, other) in _links) text.Append(CultureInfo.InvariantCulture, $"  {one} -- {other}{(IsOfTree(one, other) ? " [color=red, penwidth=2]" : " [color=gray]")};\n");
        return text.Append("}\n").ToString();
    }

    private static string Quoted(string text) => $"\"{Printable(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
