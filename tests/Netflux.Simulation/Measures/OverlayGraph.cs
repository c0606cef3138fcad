using Netflux.TestKit;

namespace Netflux.Simulation.Measures;

/// <summary>The graph of active views, as the papers measure it (HyParView §2.3): links count where both ends know them.</summary>
internal sealed class OverlayGraph
{
    private readonly int[][] _neighbors;

    private OverlayGraph(int[][] neighbors)
    {
        _neighbors = neighbors;
        Largest = Components().DefaultIfEmpty(0).Max();
    }

    public int Nodes => _neighbors.Length;

    /// <summary>The size of the largest part that is connected.</summary>
    public int Largest { get; }

    public static OverlayGraph Of(World world)
    {
        SimulatedNode[] alive = [.. world.Alive];
        var places = new int[world.Nodes.Count];
        Array.Fill(places, -1);
        for (var i = 0; i < alive.Length; i++) places[alive[i].Number] = i;
        return new OverlayGraph([.. alive.Select(node => node.Views.Active.Select(neighbor => World.NumberOf(neighbor.Id)).Where(other => places[other] >= 0 && world.Nodes[other].Views.IsNeighbor(node.Id)).Select(other => places[other]).ToArray())]);
    }

    public double MeanDegree => _neighbors.Length == 0 ? 0 : _neighbors.Average(neighbors => neighbors.Length);

    /// <summary>How many nodes have so many neighbours.</summary>
    public int WithDegree(int degree) => _neighbors.Count(neighbors => neighbors.Length == degree);

    /// <summary>The links between a node's neighbours over those that there could be, on average.</summary>
    public double Clustering => _neighbors.Length == 0 ? 0 : _neighbors.Average(neighbors =>
    {
        if (neighbors.Length < 2) return 0;
        var links = neighbors.Sum(one => neighbors.Count(other => Array.IndexOf(_neighbors[one], other) >= 0));
        return (double)links / (neighbors.Length * (neighbors.Length - 1));
    });

    /// <summary>The mean length of the shortest paths from so many nodes to all that they reach.</summary>
    public double MeanShortestPath(SeededRandom random, int from)
    {
        long sum = 0, paths = 0;
        for (var sample = 0; sample < from; sample++)
        {
            foreach (var distance in Distances(random.Next(_neighbors.Length)))
            {
                if (distance > 0) (sum, paths) = (sum + distance, paths + 1);
            }
        }
        return paths == 0 ? 0 : (double)sum / paths;
    }

    private int[] Distances(int from)
    {
        var distances = new int[_neighbors.Length];
        Array.Fill(distances, -1);
        distances[from] = 0;
        Queue<int> open = new([from]);
        while (open.TryDequeue(out var node))
        {
            foreach (var next in _neighbors[node])
            {
                if (distances[next] >= 0) continue;
                distances[next] = distances[node] + 1;
                open.Enqueue(next);
            }
        }
        return distances;
    }

    private IEnumerable<int> Components()
    {
        var seen = new bool[_neighbors.Length];
        for (var start = 0; start < seen.Length; start++)
        {
            if (seen[start]) continue;
            var size = 0;
            var distances = Distances(start);
            for (var node = 0; node < seen.Length; node++)
            {
                if (distances[node] < 0) continue;
                seen[node] = true;
                size++;
            }
            yield return size;
        }
    }
}
