using System.Globalization;
using System.Text;
using Netflux.Simulation.Measures;

namespace Netflux.Simulation.Pictures;

/// <summary>An overlay as it is at the end of a run: members, the links of their active views, and the tree of the last broadcast, from its author in the middle outwards, a ring for each hop.</summary>
internal sealed class OverlayPicture
{
    private const double Ring = 90, Margin = 40;

    private readonly List<int> _nodes;
    private readonly List<(int One, int Other)> _links = [];
    private readonly Dictionary<int, int> _parents = [];
    private readonly Dictionary<int, List<int>> _children = [];
    private readonly Dictionary<int, (double X, double Y)> _places = [];
    private readonly int? _root;
    private int _rings;

    public OverlayPicture(BroadcastTree tree)
    {
        var world = tree.World;
        _nodes = [.. world.Alive.Select(node => node.Number)];
        foreach (var node in world.Alive)
        {
            foreach (var other in node.Views.Active.Select(neighbor => World.NumberOf(neighbor.Id)).Order())
            {
                if (node.Number < other && world.Nodes[other].IsAlive) _links.Add((node.Number, other));
            }
        }
        _root = tree.Root is { } root && world.Nodes[root].IsAlive ? root : null;
        foreach (var node in _nodes)
        {
            if (!tree.Parents.TryGetValue(node, out var parent) || !world.Nodes[parent].IsAlive) continue;
            _parents[node] = parent;
            if (!_children.TryGetValue(parent, out var children)) _children[parent] = children = [];
            children.Add(node);
        }
        if (_root is { } first) Place(first, 0, 0, 2 * Math.PI);
        PlaceTheRest();
    }

    /// <summary>Each gets a part of its parent's angle, as wide as it has leaves.</summary>
    private void Place(int node, int ring, double from, double to)
    {
        _rings = Math.Max(_rings, ring);
        _places[node] = At(ring, (from + to) / 2);
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
        List<int> rest = [.. _nodes.Where(node => !_places.ContainsKey(node))];
        if (rest.Count == 0) return;
        _rings++;
        for (var i = 0; i < rest.Count; i++) _places[rest[i]] = At(_rings, 2 * Math.PI * i / rest.Count);
    }

    private static (double X, double Y) At(int ring, double angle) => (ring * Ring * Math.Cos(angle), ring * Ring * Math.Sin(angle));

    private bool IsOfTree(int one, int other) => _parents.GetValueOrDefault(one, -1) == other || _parents.GetValueOrDefault(other, -1) == one;

    public string ToSvg()
    {
        var half = _rings * Ring + Margin;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-half:F0} {-half:F0} {2 * half:F0} {2 * half:F0}" font-family="sans-serif" font-size="11">""").Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"<title>{_nodes.Count} members, {_links.Count} links, the tree of a broadcast</title>\n");
        foreach (var (one, other) in _links.Where(link => !IsOfTree(link.One, link.Other))) Line(one, other, "#bbb", 0.7);
        foreach (var (node, parent) in _parents.OrderBy(pair => pair.Key)) Line(parent, node, "#c33", 2);
        foreach (var node in _nodes)
        {
            var (x, y) = _places[node];
            var fill = node == _root ? "#c33" : _parents.ContainsKey(node) ? "#fff" : "#ddd";
            text.Append(CultureInfo.InvariantCulture, $"""<circle cx="{x:F1}" cy="{y:F1}" r="10" fill="{fill}" stroke="#333"/><text x="{x:F1}" y="{y + 4:F1}" text-anchor="middle">{node}</text>""").Append('\n');
        }
        return text.Append("</svg>\n").ToString();

        void Line(int from, int to, string stroke, double width)
        {
            var ((x1, y1), (x2, y2)) = (_places[from], _places[to]);
            text.Append(CultureInfo.InvariantCulture, $"""<line x1="{x1:F1}" y1="{y1:F1}" x2="{x2:F1}" y2="{y2:F1}" stroke="{stroke}" stroke-width="{width}"/>""").Append('\n');
        }
    }

    /// <summary>For Graphviz: links without direction, those of the tree in red.</summary>
    public string ToDot()
    {
        var text = new StringBuilder("graph overlay {\n  node [shape=circle];\n");
        foreach (var node in _nodes) text.Append(CultureInfo.InvariantCulture, $"  {node}{(node == _root ? " [style=filled, fillcolor=red]" : "")};\n");
        foreach (var (one, other) in _links) text.Append(CultureInfo.InvariantCulture, $"  {one} -- {other}{(IsOfTree(one, other) ? " [color=red, penwidth=2]" : " [color=gray]")};\n");
        return text.Append("}\n").ToString();
    }
}
