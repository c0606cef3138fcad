using Netflux.Identity;
using Netflux.Messages;
using Netflux.Simulation.Pictures;

namespace Netflux.Host.Cli;

/// <summary>The picture of a network that exists. In its middle is the member with the most links: a hub, where there is one; drawn in red is the way that a broadcast of it takes.</summary>
internal static class GraphPicture
{
    /// <param name="graph">What the members said.</param>
    /// <param name="self">This command, which joined to look: shown as such, and not put in the middle.</param>
    public static OverlayPicture Of(NetworkGraph graph, PeerId self)
    {
        var members = graph.Members;
        var places = members.Select((member, place) => (member.Peer.Id, place)).ToDictionary(pair => pair.Id, pair => pair.place);
        var links = new SortedSet<(int One, int Other)>();
        // A link carries broadcasts to its other end where this end says so, or cannot be asked and the other end does.
        var along = members.Select(_ => new SortedSet<int>()).ToArray();
        for (var place = 0; place < members.Count; place++)
        {
            foreach (var link in members[place].Links ?? [])
            {
                if (!places.TryGetValue(link.To, out var other)) continue;
                links.Add((Math.Min(place, other), Math.Max(place, other)));
                if (!link.CarriesBroadcasts) continue;
                along[place].Add(other);
                if (members[other].Links is null) along[other].Add(place);
            }
        }
        var root = Enumerable.Range(0, members.Count).OrderBy(place => members[place].Peer.Id == self ? 1 : 0).ThenByDescending(place => members[place].Links?.Count ?? 0).First();
        return new OverlayPicture([.. members.Select(member => new PictureNode(LabelOf(member, members, self), member.Links is null))], [.. links], root, TreeFrom(root, along));
    }

    /// <summary>The shortest ways: what comes first is passed on.</summary>
    private static Dictionary<int, int> TreeFrom(int root, SortedSet<int>[] along)
    {
        Dictionary<int, int> parents = [];
        Queue<int> open = new([root]);
        while (open.TryDequeue(out var member))
        {
            foreach (var next in along[member])
                if (next != root && parents.TryAdd(next, member)) open.Enqueue(next);
        }
        return parents;
    }

    /// <summary>As in a chat: the name, with the beginning of the id where it is doubled or missing.</summary>
    private static string LabelOf(GraphMember member, IReadOnlyList<GraphMember> all, PeerId self)
    {
        var (name, id) = (member.Peer.Name, member.Peer.Id);
        if (id == self) return $"{name} (who looks)";
        return name.Length > 0 && !all.Any(other => other.Peer.Id != id && other.Peer.Name == name) ? name : $"{name}#{id.Short}";
    }
}
